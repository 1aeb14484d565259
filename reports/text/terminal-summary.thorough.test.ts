// with what unit leaves out of it
import './terminal-summary.test.ts';
