// with as many variants as unit leaves out of it
import './folder-variants.test.ts';
