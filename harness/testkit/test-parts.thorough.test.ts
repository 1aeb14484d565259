// with what unit leaves out of it
import './test-parts.test.ts';
