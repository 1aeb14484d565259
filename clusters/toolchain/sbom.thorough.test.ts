// with what unit leaves out of it
import './sbom.test.ts';
