// with what unit leaves out of it
import './dial-socket.test.ts';
