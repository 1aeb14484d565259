// with what unit leaves out of it
import './recorded-options.test.ts';
