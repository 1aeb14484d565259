// with what unit leaves out of it; whole cases of their own stand in git-server.thorough.test.ts
import './git-server.test.ts';
