// with what unit leaves out of it
import './terms.test.ts';
