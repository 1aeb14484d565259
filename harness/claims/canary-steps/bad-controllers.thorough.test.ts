// with what unit leaves out of it
import './bad-controllers.test.ts';
