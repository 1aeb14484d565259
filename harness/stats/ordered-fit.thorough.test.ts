// with what unit leaves out of it
import './ordered-fit.test.ts';
