// with as many runs as unit leaves out of it
import './two-witness.test.ts';
