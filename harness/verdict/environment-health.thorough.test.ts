// with as many runs as unit leaves out of it
import './environment-health.test.ts';
