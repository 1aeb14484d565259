// with what unit leaves out of it
import './stderr-sink.test.ts';
