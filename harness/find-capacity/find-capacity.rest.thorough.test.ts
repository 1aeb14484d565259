// with what unit leaves out of it
import './find-capacity.test.ts';
