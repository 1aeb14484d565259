// with what unit leaves out of it
import './library.test.ts';
