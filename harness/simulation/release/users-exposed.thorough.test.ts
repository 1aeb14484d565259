// with what unit leaves out of it
import './users-exposed.test.ts';
