// in every shape
import './growth.test.ts';
