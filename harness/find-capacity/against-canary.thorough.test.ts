// with what unit leaves out of it
import './against-canary.test.ts';
