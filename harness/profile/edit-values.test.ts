import { expect, test } from 'vitest';
import { withWeightsCommit } from './edit-values.ts';

const VALUES = `# two numbers
reviews:
  weights: # they sum to 100
    v1: 100
    v3: 0
  label: "12"
`;
const files = [
  { path: 'chart/values.yaml', text: VALUES },
  { path: 'chart/templates/routes.yaml', text: '{{ range .Values.x }}' },
];
const commit = {
  virtualService: { name: 'reviews', namespace: 'shop' },
  weights: { v1: 95, v3: 5 },
  values: { file: 'chart/values.yaml', weights: { v1: '/reviews/weights/v1', v3: '/reviews/weights/v3' } },
};
const withValues = (change: Partial<(typeof commit)['values']>) => ({
  ...commit,
  values: { ...commit.values, ...change },
});

test('only the digits change, comments and templates stay', () => {
  const text = VALUES.replace('v1: 100', 'v1: 95').replace('v3: 0', 'v3: 5');
  expect(withWeightsCommit(files, commit)).toEqual([{ path: 'chart/values.yaml', text }, files[1]]);
});

test('a subset without a pointer is for the template to work out', () => {
  const [file] = withWeightsCommit(files, withValues({ weights: { v3: '/reviews/weights/v3' } as never }));
  expect(file?.text).toBe(VALUES.replace('v3: 0', 'v3: 5'));
});

test('without values the weights are written into the VirtualService', () => {
  const route = (first: number, second: number) => ({
    path: 'routes.yaml',
    text: `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews }
spec:
  http:
    - route:
        - { destination: { host: reviews, subset: v1 }, weight: ${first} }
        - { destination: { host: reviews, subset: v3 }, weight: ${second} }
`,
  });
  expect(withWeightsCommit([route(100, 0)], { ...commit, values: undefined })).toEqual([route(95, 5)]);
});

test.each([
  ['VALUES_FILE_MISSING', { file: 'values.yaml' }, 'values.yaml', /which holds chart\/values\.yaml/],
  [
    'VALUES_PATH_MISSING',
    { weights: { v1: '/reviews/v1', v3: '/reviews/v3' } },
    'chart/values.yaml',
    /\/reviews\/weights\/v1/,
  ],
  ['VALUES_PATH_MISSING', { weights: { v1: '/reviews', v3: '/x' } }, 'chart/values.yaml', /Numbers of that file/],
  ['VALUES_NOT_A_NUMBER', { weights: { v1: '/reviews/label', v3: '/x' } }, 'chart/values.yaml:6:10', /without quotes/],
])('%s with %j', (code, change, where, hint) => {
  expect(() => withWeightsCommit(files, withValues(change))).toThrow(
    expect.objectContaining({ code, where, hint: expect.stringMatching(hint) as string }),
  );
});

test('a values file that is no YAML is refused with its place', () => {
  const broken = [{ path: 'chart/values.yaml', text: 'a: 1\nb: [1\n' }];
  expect(() => withWeightsCommit(broken, commit)).toThrow(
    expect.objectContaining({
      code: 'VALUES_YAML_SYNTAX',
      where: expect.stringMatching(/^chart\/values\.yaml:\d+:\d+$/),
    }),
  );
});
