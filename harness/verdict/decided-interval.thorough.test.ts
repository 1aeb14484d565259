// with what unit leaves out of it
import './decided-interval.test.ts';
