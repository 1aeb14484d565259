// with what unit leaves out of it
import './injection.test.ts';
