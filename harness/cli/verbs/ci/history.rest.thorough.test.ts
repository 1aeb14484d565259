// with what unit leaves out of it; whole cases of their own stand in history.thorough.test.ts
import './history.test.ts';
