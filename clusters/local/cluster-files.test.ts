import path from 'node:path';
import { expect, test } from 'vitest';
import { clusterFiles, defaultStateRoot } from './cluster-files.ts';

test.each([
  [{ XDG_STATE_HOME: '/x/state', HOME: '/home/a' }, '/x/state/canaryproof/clusters'],
  [{ HOME: '/home/a' }, '/home/a/.local/state/canaryproof/clusters'],
  [{ XDG_STATE_HOME: '', HOME: '/home/a' }, '/home/a/.local/state/canaryproof/clusters'],
])('state root of %o', (environment, expected) => {
  expect(defaultStateRoot(environment)).toBe(expected);
});

test('a socket name fits into the 107 bytes of a unix socket, however long the state root is', () => {
  const files = clusterFiles(`/${'very-long-directory-name/'.repeat(20)}`, 'a'.repeat(63));
  for (const socket of [files.dialSocket, files.criSocket]) expect(Buffer.byteLength(socket)).toBeLessThan(108);
});

test('two clusters never share a socket, also under the same name below another root', () => {
  const sockets = [clusterFiles('/s', 'a'), clusterFiles('/s', 'b'), clusterFiles('/t', 'a')].map((f) => f.sockets);
  expect(new Set(sockets).size).toBe(3);
  expect(clusterFiles('/s', 'a').sockets).toBe(sockets[0]);
});

test("everything but the sockets lies in the cluster's own directory", () => {
  const { name, sockets, dialSocket, criSocket, volatile, ...inside } = clusterFiles('/s', 'a');
  expect(name).toBe('a');
  for (const file of [dialSocket, criSocket, volatile]) expect(path.dirname(file)).toBe(sockets);
  for (const file of Object.values(inside)) expect(`${file}/`).toMatch(/^\/s\/a\//);
});

test("the kubelet's sockets fit into a socket's name, however long the state directory is", () => {
  const { volatile } = clusterFiles(`/${'long/'.repeat(40)}`, 'a');
  expect(path.join(volatile, 'kubelet/pod-resources/2683058860').length).toBeLessThanOrEqual(107);
});
