// with what unit leaves out of it
import './workload.test.ts';
