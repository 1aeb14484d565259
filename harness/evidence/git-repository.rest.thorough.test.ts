// with what unit leaves out of it; whole cases of their own stand in git-repository.thorough.test.ts
import './git-repository.test.ts';
