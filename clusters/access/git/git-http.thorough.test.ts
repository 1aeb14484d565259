// with what unit leaves out of it
import './git-http.test.ts';
