// with what unit leaves out of it
import './oci-runtime-wrapper.test.ts';
