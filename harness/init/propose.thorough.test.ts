// with what unit leaves out of it
import './propose.test.ts';
