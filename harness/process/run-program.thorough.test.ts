// with what unit leaves out of it
import './run-program.test.ts';
