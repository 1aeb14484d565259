// with what unit leaves out of it
import './in-cluster.test.ts';
