// with what unit leaves out of it
import './sharing.test.ts';
