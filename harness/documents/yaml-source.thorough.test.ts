// with what unit leaves out of it
import './yaml-source.test.ts';
