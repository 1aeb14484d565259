// with what unit leaves out of it
import './webhook-receiver.test.ts';
