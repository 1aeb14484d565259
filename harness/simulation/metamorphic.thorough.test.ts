// with what unit leaves out of it
import './metamorphic.test.ts';
