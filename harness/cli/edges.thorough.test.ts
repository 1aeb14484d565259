// with what unit leaves out of it
import './edges.test.ts';
