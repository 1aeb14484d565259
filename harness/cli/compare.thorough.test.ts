// with what unit leaves out of it
import './compare.test.ts';
