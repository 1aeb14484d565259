// with what unit leaves out of it
import './comparison-and-matrix.test.ts';
