// with what unit leaves out of it
import './step-timeline.test.ts';
