// with what unit leaves out of it
import './path-load.test.ts';
