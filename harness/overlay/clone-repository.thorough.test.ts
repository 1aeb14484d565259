// with what unit leaves out of it
import './clone-repository.test.ts';
