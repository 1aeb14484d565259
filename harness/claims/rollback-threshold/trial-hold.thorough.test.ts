// with what unit leaves out of it
import './trial-hold.test.ts';
