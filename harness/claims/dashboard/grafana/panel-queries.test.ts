import { expect, test } from 'vitest';
import { parseDashboard } from './dashboard-model.ts';
import { queriesOf } from './panel-queries.ts';
import type { DataSource } from './read-dashboards.ts';

const SOURCES: readonly DataSource[] = [
  { name: 'Prometheus', uid: 'p1', type: 'prometheus', isDefault: true, timeInterval: '5s' },
  { name: 'Logs', uid: 'l1', type: 'loki', isDefault: false, timeInterval: undefined },
];
const several = { name: 'service', value: ['a', 'b'], text: 'a + b', isRegex: true };
const variables = {
  values: new Map([['service', several]]),
  repeats: new Map([['service', ['a', 'b'].map((value) => ({ text: value, value }))]]),
  problems: [],
};
const target = (expr: string, rest: object = {}) => ({ refId: 'A', expr, ...rest });

function asked(panels: readonly object[], rest: object = {}) {
  const parsed = parseDashboard(JSON.stringify({ panels, ...rest }));
  if ('problem' in parsed) throw new TypeError(parsed.problem);
  const { queries, problems, ...counted } = queriesOf(parsed.dashboard, {
    sources: SOURCES,
    variables,
    rangeMs: 60_000,
  });
  return {
    ...counted,
    queries: queries.map(({ panel, refId, expr, mode }) => `${panel}: ${refId} ${mode} ${expr}`),
    problems: problems.map(({ code, panel, sentence }) => `${code} ${panel}: ${sentence}`),
  };
}

test('rows that are open, collapsed and repeated, and rows of old dashboards', () => {
  const { queries, panels } = asked(
    [
      { type: 'row', title: 'open $service', repeat: 'service' },
      { title: 'of $service', type: 'timeseries', targets: [target('x{s="$service"}')] },
      {
        type: 'row',
        title: 'collapsed',
        collapsed: true,
        panels: [{ title: 'inside', type: 'stat', targets: [target('y')] }],
      },
      { title: 'each $service', type: 'stat', repeat: 'service', targets: [target('z{s="$service"}')] },
    ],
    { rows: [{ title: 'old', panels: [{ title: 'first', type: 'graph', targets: [target('w')] }] }] },
  );
  expect(queries).toEqual([
    'first: A range w',
    'of a: A range x{s="a"}',
    'of b: A range x{s="b"}',
    'inside: A range y',
    'each a: A range z{s="a"}',
    'each b: A range z{s="b"}',
  ]);
  expect(panels).toBe(6);
});

test('without a repeat several values are alternatives; instant, range and both', () => {
  const { queries } = asked([
    { title: 'all', type: 'stat', targets: [target('x{s=~"$service"}', { instant: true })] },
    { title: 'both', type: 'stat', targets: [target('y', { instant: true, range: true })] },
    { title: 'neither', type: 'stat', targets: [target('rate(z[$__rate_interval])', { instant: false })] },
  ]);
  expect(queries).toEqual([
    'all: A instant x{s=~"(a|b)"}',
    'both: A instant y',
    'both: A range y',
    'neither: A range rate(z[20s])',
  ]);
});

test('hidden queries are asked for an expression only; mixed panels have a source for each query', () => {
  const expression = {
    refId: 'C',
    type: 'math',
    expression: '$A / ${B}',
    datasource: { type: '__expr__', uid: '__expr__' },
  };
  const { queries, problems } = asked([
    { title: 'hidden', type: 'stat', targets: [target('x'), target('y', { refId: 'B', hide: true })] },
    {
      title: 'math',
      type: 'stat',
      targets: [target('x', { hide: true }), target('y', { refId: 'B', hide: true }), expression],
    },
    { title: 'lost', type: 'stat', targets: [target('x'), { ...expression, expression: '$D' }] },
    { title: 'all hidden', type: 'stat', targets: [target('x', { hide: true })] },
    {
      ...{ title: 'mixed', type: 'stat', datasource: { uid: '-- Mixed --' } },
      targets: [
        target('x', { datasource: 'Prometheus' }),
        target('{job="x"}', { refId: 'B', datasource: { uid: 'l1' } }),
      ],
    },
  ]);
  expect(queries).toEqual([
    'hidden: A range x',
    'math: A range x',
    'math: B range y',
    'lost: A range x',
    'mixed: A range x',
  ]);
  expect(problems).toEqual([
    'DASHBOARD_PANEL_EMPTY lost: expression C reads D, which the panel does not have',
    'DASHBOARD_PANEL_EMPTY all hidden: all of its queries are hidden or empty',
    'DASHBOARD_SOURCE_UNKNOWN mixed: query B: the data source "l1" is of type loki, and not a Prometheus',
  ]);
});

test('library panels of an export, results of another panel, and panels that ask nothing', () => {
  const { queries, problems, panels } = asked(
    [
      { id: 1, title: 'shared', type: 'library-panel-ref', libraryPanel: { uid: 'u1', name: 'x' } },
      { id: 2, title: 'again', type: 'stat', datasource: '-- Dashboard --', targets: [{ refId: 'A', panelId: 1 }] },
      { id: 3, title: 'of nobody', type: 'stat', datasource: '-- Dashboard --', targets: [{ refId: 'A', panelId: 9 }] },
      { id: 4, title: 'own', type: 'stat', datasource: '-- Grafana --', targets: [{ refId: 'A' }] },
      { id: 5, title: 'words', type: 'text' },
    ],
    { __elements: { u1: { name: 'x', model: { type: 'timeseries', targets: [target('x')] } } } },
  );
  expect(queries).toEqual(['shared: A range x']);
  expect(panels).toBe(4);
  expect(problems).toEqual([
    'DASHBOARD_SOURCE_UNKNOWN of nobody: query A shows the results of panel 9, which is not there',
    `DASHBOARD_SOURCE_UNKNOWN own: query A: the data source "-- Grafana --" is Grafana's own, and not a Prometheus`,
  ]);
});

test.each([
  ['{', /^is no JSON/],
  ['[]', /^is no dashboard/],
  ['{"title":"x"}', /neither `panels` nor `rows`/],
  ['{"panels":[{"targets":{}}]}', /panels\.0\.targets/],
  ['{"apiVersion":"dashboard.grafana.app/v2","spec":{"elements":{}}}', /model v2/],
])('%s is no dashboard', (text, problem) => {
  expect(parseDashboard(text)).toEqual({ problem: expect.stringMatching(problem) as string });
});
