// with what unit leaves out of it
import './split-judge.test.ts';
