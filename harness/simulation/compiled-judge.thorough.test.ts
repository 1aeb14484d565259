// with what unit leaves out of it
import './compiled-judge.test.ts';
