// with what unit leaves out of it
import './owned-objects.test.ts';
