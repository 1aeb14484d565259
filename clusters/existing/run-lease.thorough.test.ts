// with what unit leaves out of it
import './run-lease.test.ts';
