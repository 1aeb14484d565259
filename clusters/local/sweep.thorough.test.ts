// with what unit leaves out of it
import './sweep.test.ts';
