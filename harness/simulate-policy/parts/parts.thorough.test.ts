// with what unit leaves out of it
import './parts.test.ts';
