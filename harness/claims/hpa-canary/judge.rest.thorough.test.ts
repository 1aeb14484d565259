// with what unit leaves out of it; whole cases of their own stand in judge.thorough.test.ts
import './judge.test.ts';
