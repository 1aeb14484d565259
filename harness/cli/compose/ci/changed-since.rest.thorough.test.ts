// with what unit leaves out of it; whole cases of their own stand in changed-since.thorough.test.ts
import './changed-since.test.ts';
