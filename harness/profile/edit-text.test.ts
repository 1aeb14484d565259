import { expect, test } from 'vitest';
import { withTextEdits } from './edit-text.ts';

const files = [
  { path: 'a.yaml', text: 'v1: 100\nv3: 0\n' },
  { path: 'b.yaml', text: 'v1: 100\n' },
];

test('each text is replaced where it stands, and other files stay as they are', () => {
  const edits = [
    { find: 'v1: 100', replace: 'v1: 95' },
    { find: 'v3: 0', replace: 'v3: 5' },
  ];
  expect(withTextEdits(files, 'a.yaml', edits)).toEqual([{ path: 'a.yaml', text: 'v1: 95\nv3: 5\n' }, files[1]]);
});

test.each([
  ['c.yaml', 'v1', 'MANIFEST_FILE_MISSING'],
  ['a.yaml', 'v2', 'MANIFEST_TEXT_MISSING'],
  ['a.yaml', '0', 'MANIFEST_TEXT_AMBIGUOUS'],
])('%s with %j: %s', (path, find, code) => {
  expect(() => withTextEdits(files, path, [{ find, replace: '' }])).toThrow(
    expect.objectContaining({ code, where: path }),
  );
});
