// with what unit leaves out of it
import './bad-evidence.test.ts';
