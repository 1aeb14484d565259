// with what unit leaves out of it
import './simulate.test.ts';
