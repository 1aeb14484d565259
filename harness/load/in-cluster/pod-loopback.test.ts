import { expect, test } from 'vitest';
import { kindOfPodLine } from './pod-lines.ts';
import { loopbackPorts, withForwardedPorts } from './pod-loopback.ts';

const READER = ['node', 'reader.ts', '{"routesUrl":"http://127.0.0.1:15000/a","syncUrl":"http://127.0.0.1:15014/b"}'];

test('ports of the loopback address are found wherever an argument names them, and replaced there', () => {
  expect(loopbackPorts(READER)).toEqual([15_000, 15_014]);
  expect(withForwardedPorts(READER, new Map([[15_000, 40_001]]))).toEqual([
    'node',
    'reader.ts',
    '{"routesUrl":"http://127.0.0.1:40001/a","syncUrl":"http://127.0.0.1:15014/b"}',
  ]);
  expect(loopbackPorts(['curl', 'http://10.127.0.0.1:80/', 'http://1.127.0.0.15:80'])).toEqual([80]);
});

test.each([
  ['cp1 0 1800000000000 1500 200 0 1 =v1 .', 'evidence'],
  ['cp1-summary {"iterations":1}', 'evidence'],
  ['cp1-optionsx', 'log'],
  ['running (01.0s), 00/10 VUs, 5 complete and 0 interrupted iterations', 'progress'],
  ['Request Failed', 'log'],
])('%s is %s', (line, kind) => {
  expect(kindOfPodLine(line)).toBe(kind);
});
