// with what unit leaves out of it
import './error-ledger.test.ts';
