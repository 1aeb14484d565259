// with as many runs as unit leaves out of it
import './timeline-bins.test.ts';
