// with what unit leaves out of it
import './recorded-traffic.test.ts';
