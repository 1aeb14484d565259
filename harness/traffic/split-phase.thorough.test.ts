// with what unit leaves out of it
import './split-phase.test.ts';
