// with what unit leaves out of it
import './cluster-lease.test.ts';
