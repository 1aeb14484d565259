// with what unit leaves out of it
import './provider.test.ts';
