// with what unit leaves out of it
import './discover-units.test.ts';
