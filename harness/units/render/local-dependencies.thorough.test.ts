// with what unit leaves out of it
import './local-dependencies.test.ts';
