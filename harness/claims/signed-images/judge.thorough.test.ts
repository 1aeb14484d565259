// with what unit leaves out of it
import './judge.test.ts';
