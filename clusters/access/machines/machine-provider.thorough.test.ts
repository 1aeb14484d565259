// with what unit leaves out of it
import './machine-provider.test.ts';
