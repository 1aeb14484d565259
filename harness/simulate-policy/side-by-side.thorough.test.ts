// with what unit leaves out of it
import './side-by-side.test.ts';
