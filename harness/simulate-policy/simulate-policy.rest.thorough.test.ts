// with what unit leaves out of it; whole cases of their own stand in simulate-policy.thorough.test.ts
import './simulate-policy.test.ts';
