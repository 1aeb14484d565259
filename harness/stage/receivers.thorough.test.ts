// with what unit leaves out of it
import './receivers.test.ts';
