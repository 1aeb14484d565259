import path from 'node:path';
import { expect, test } from 'vitest';
import { clusterFiles, defaultStateRoot } from './cluster-files.ts';
import { LONGEST_RUNTIME_ROOT } from './runtime-root.ts';

test.each([
  [{ XDG_STATE_HOME: '/x/state', HOME: '/home/a' }, '/x/state/canaryproof/clusters'],
  [{ HOME: '/home/a' }, '/home/a/.local/state/canaryproof/clusters'],
  [{ XDG_STATE_HOME: '', HOME: '/home/a' }, '/home/a/.local/state/canaryproof/clusters'],
])('state root of %o', (environment, expected) => {
  expect(defaultStateRoot(environment)).toBe(expected);
});

test('a socket name fits into the 107 bytes of a unix socket, however long the state root is', () => {
  const longest = `/${'r'.repeat(LONGEST_RUNTIME_ROOT - 1)}`;
  const files = clusterFiles(`/${'very-long-directory-name/'.repeat(20)}`, 'a'.repeat(63), longest);
  const kubelet = path.join(files.volatile, 'kubelet/pod-resources/2683058860');
  for (const socket of [files.dialSocket, files.criSocket, kubelet])
    expect(Buffer.byteLength(socket)).toBeLessThanOrEqual(107);
});

test('two clusters never share a socket, also under the same name below another root', () => {
  const sockets = [clusterFiles('/s', 'a', '/r'), clusterFiles('/s', 'b', '/r'), clusterFiles('/t', 'a', '/r')].map(
    (f) => f.sockets,
  );
  expect(new Set(sockets).size).toBe(3);
  expect(clusterFiles('/s', 'a', '/r').sockets).toBe(sockets[0]);
});

test("everything but the sockets lies in the cluster's own directory", () => {
  const { name, sockets, dialSocket, criSocket, volatile, marks, ...inside } = clusterFiles('/s', 'a', '/r');
  expect(name).toBe('a');
  expect(path.dirname(sockets)).toBe('/r');
  for (const file of [dialSocket, criSocket, volatile, marks[1]]) expect(path.dirname(file)).toBe(sockets);
  for (const file of [...Object.values(inside), marks[0]]) expect(`${file}/`).toMatch(/^\/s\/a\//);
});
