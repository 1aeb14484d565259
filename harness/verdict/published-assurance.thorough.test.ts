// with what unit leaves out of it
import './published-assurance.test.ts';
