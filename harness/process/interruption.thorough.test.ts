// with what unit leaves out of it
import './interruption.test.ts';
