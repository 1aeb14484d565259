// with what unit leaves out of it
import './assemble-chart.test.ts';
