// with what unit leaves out of it
import './inject-behaviour.test.ts';
