// with what unit leaves out of it
import './markdown-summary.test.ts';
