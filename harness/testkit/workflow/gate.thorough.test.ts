// with what unit leaves out of it
import './gate.test.ts';
