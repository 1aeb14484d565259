// with what unit leaves out of it
import './bundle.test.ts';
