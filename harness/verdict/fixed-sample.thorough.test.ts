// with as many runs as unit leaves out of it
import './fixed-sample.test.ts';
