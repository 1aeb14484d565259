// with what unit leaves out of it
import './measured-latency.test.ts';
