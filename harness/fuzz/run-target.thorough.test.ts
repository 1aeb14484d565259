// with what unit leaves out of it
import './run-target.test.ts';
