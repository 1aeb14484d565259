import { describe, expect, test } from 'vitest';
import { parseDashboard, type VariableModel } from './dashboard-model.ts';
import type { DataSource } from './read-dashboards.ts';
import { resolveVariables } from './template-variables.ts';
import type { VariableSource } from './variable-options.ts';

const SOURCES: readonly DataSource[] = [
  { name: 'Main', uid: 'p1', type: 'prometheus', isDefault: true, timeInterval: undefined },
  { name: 'Long term', uid: 'p2', type: 'prometheus', isDefault: false, timeInterval: undefined },
  { name: 'Logs', uid: 'l1', type: 'loki', isDefault: false, timeInterval: undefined },
];
const asked: string[] = [];
const prometheus: VariableSource = {
  labelNames: async (match) => [`names of ${match}`],
  async labelValues(label, match) {
    asked.push(`${label} of ${match}`);
    return label === '__name__' ? ['up', 'istio_requests_total'] : ['orders', 'cart', 'cart-canary', 'cart'];
  },
  queryResult: async (expr) => [`{pod="a-1"} 3 5000`, `{pod="b-22"} ${expr} 5000`],
  series: async (match) => [`${match}{job="x"}`],
};

async function valuesOf(...variables: Partial<VariableModel>[]) {
  asked.length = 0;
  const parsed = parseDashboard(JSON.stringify({ panels: [], templating: { list: variables } }));
  if ('problem' in parsed) throw new TypeError(parsed.problem);
  const list = parsed.dashboard.templating?.list ?? [];
  const resolved = await resolveVariables(list, {
    sources: SOURCES,
    prometheus,
    macros: (text) => text.replace('$__range', '60s'),
  });
  return { ...resolved, of: Object.fromEntries([...resolved.values].map(([name, { value }]) => [name, value])) };
}

describe('queries', () => {
  test('label_values with and without a metric, each value once, and the variables that they read before them', async () => {
    const { of } = await valuesOf(
      {
        name: 'service',
        query: 'label_values(istio_requests_total{namespace="$namespace"}, service)',
        regex: '/^cart.*/',
        multi: true,
      },
      { name: 'namespace', query: { query: 'label_values(namespace)' }, current: { text: 'cart', value: 'cart' } },
    );
    expect(asked).toEqual(['namespace of undefined', 'service of istio_requests_total{namespace="cart"}']);
    expect(of).toEqual({ namespace: 'cart', service: ['cart'] });
  });

  test.each<[string, string, Partial<VariableModel>, string]>([
    ['label_names', 'label_names()', {}, 'names of undefined'],
    ['label_names with a metric', 'label_names(up)', {}, 'names of {__name__=~".*up.*"}'],
    ['metrics', 'metrics(istio_.*)', {}, 'istio_requests_total'],
    ['query_result with a group', 'query_result(topk(1, up[$__range]))', { regex: '/pod="(b[^"]*)"/' }, 'b-22'],
    ['a bare selector', 'up', {}, 'up{job="x"}'],
    ['named groups', 'label_values(x)', { regex: '/(?<text>cart)-(?<value>.*)/' }, 'canary'],
  ])('%s', async (_, query, rest, value) => {
    expect((await valuesOf({ name: 'x', query, ...rest })).of.x).toBe(value);
  });

  test.each([
    [0, 'orders'],
    [1, 'cart'],
    [2, 'orders'],
  ])('sorted by %s', async (sort, first) => {
    expect((await valuesOf({ name: 'x', query: 'label_values(x)', sort })).of.x).toBe(first);
  });

  test('a saved value of another cluster gives way to the first option, or to all', async () => {
    const current = { text: 'prod', value: 'prod' };
    const query = 'label_values(x)';
    expect((await valuesOf({ name: 'x', query, current })).of.x).toBe('orders');
    const all = await valuesOf({ name: 'x', query, current, includeAll: true });
    expect(all.of.x).toEqual(['orders', 'cart', 'cart-canary']);
    const custom = await valuesOf({ name: 'x', query, current: { value: '$__all' }, includeAll: true, allValue: '.*' });
    expect(custom.values.get('x')).toMatchObject({ value: '.*', isVerbatim: true });
    expect(custom.repeats.get('x')).toHaveLength(3);
  });

  test('that are not refreshed keep what was saved', async () => {
    const options = [
      { text: 'All', value: '$__all' },
      { text: 'old', value: 'old' },
    ];
    expect((await valuesOf({ name: 'x', query: 'label_values(x)', refresh: 0, options })).of.x).toBe('old');
    expect(asked).toEqual([]);
  });

  test('a pattern that looks ahead is not read, and is said', async () => {
    const { problems } = await valuesOf({ name: 'x', query: 'label_values(x)', regex: '/(?!a)b/' });
    expect(problems).toEqual([{ name: 'x', words: '(?!a)b' }]);
  });
});

test('the other types', async () => {
  const { of } = await valuesOf(
    { name: 'custom', type: 'custom', query: 'p50 : 0.5, p95 : 0.95, a\\,b', current: { text: 'p95', value: '0.95' } },
    { name: 'first', type: 'custom', query: 'x,y' },
    { name: 'several', type: 'custom', query: 'x,y,z', multi: true, current: { text: ['x', 'z'], value: ['x', 'z'] } },
    { name: 'constant', type: 'constant', query: 'mesh' },
    { name: 'window', type: 'interval', query: '1m,5m', current: { text: '5m', value: '5m' } },
    { name: 'box', type: 'textbox', query: '', current: { text: 'typed', value: 'typed' } },
    { name: 'source', type: 'datasource', query: 'prometheus', current: { text: 'default', value: 'default' } },
    {
      name: 'other',
      type: 'datasource',
      query: 'prometheus',
      regex: '/^Long/',
      current: { text: 'gone', value: 'gone' },
    },
    { name: 'none', type: 'datasource', query: 'tempo' },
  );
  expect(of).toEqual({
    ...{ custom: '0.95', first: 'x', several: ['x', 'z'], constant: 'mesh', window: '5m', box: 'typed' },
    ...{ source: 'p1', other: 'p2', none: '' },
  });
});
