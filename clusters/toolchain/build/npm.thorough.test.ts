// with what unit leaves out of it
import './npm.test.ts';
