// with what unit leaves out of it
import './lint-profile.test.ts';
