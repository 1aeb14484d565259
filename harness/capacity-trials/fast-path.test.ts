import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { openFastPath } from './fast-path.ts';

const REQUEST = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';

it('answers every request once, however its bytes are cut, and counts them', async () => {
  await using path = await openFastPath();
  const { port } = new URL(path.url);
  const socket = connect(Number(port), '127.0.0.1');
  let answers = 0;
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      const check = () => answers >= count && resolve();
      socket.on('data', check);
      check();
    });
  socket.on('data', (chunk) => (answers += String(chunk).split('HTTP/1.1 200 OK').length - 1));
  socket.write(REQUEST + REQUEST);
  await until(2);
  socket.write(REQUEST.slice(0, -3));
  socket.write(REQUEST.slice(-3));
  await until(3);
  expect([answers, path.served()]).toEqual([3, 3]);
  expect((await (await fetch(path.url)).text()).length).toBe(0);
  socket.destroy();
});
