// with what unit leaves out of it
import './documents.test.ts';
