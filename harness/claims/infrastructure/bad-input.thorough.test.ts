// with what unit leaves out of it
import './bad-input.test.ts';
