// with what unit leaves out of it
import './failed-scrapes.test.ts';
