// with what unit leaves out of it; whole cases of their own stand in init-repository.thorough.test.ts
import './init-repository.test.ts';
