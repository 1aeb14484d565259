// with what unit leaves out of it
import './kind-machine.test.ts';
