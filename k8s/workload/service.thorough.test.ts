// with what unit leaves out of it
import './service.test.ts';
