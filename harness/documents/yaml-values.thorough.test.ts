// with what unit leaves out of it
import './yaml-values.test.ts';
