// with what unit leaves out of it
import './push-metrics.test.ts';
