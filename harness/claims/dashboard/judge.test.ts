import { describe, expect, test } from 'vitest';
import type { LoadResult, LoadRunner } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import { startFakePrometheus } from '../../testkit/fakes/fake-prometheus.ts';
import { createFakeReceivers } from '../../testkit/fakes/fake-receivers.ts';
import {
  createFakeScene,
  type FakeScene,
  fakeCluster,
  hopsOf,
  meshedPod,
  PODS,
} from '../../testkit/fakes/fake-scene.ts';
import { playPrograms } from '../../testkit/fakes/played-programs.ts';
import { scriptedLoad } from '../../testkit/fakes/scripted-load.ts';
import { fewOf, thorough } from '../../testkit/runner/thorough.ts';
import type { DashboardClaim } from './dashboard-claim.ts';
import { judgeDashboard } from './judge.ts';
import { answerOf, DURATION, seriesOf } from './scraped-mesh-fixture.ts';

const CLAIM: DashboardClaim = {
  id: 'shop/dashboard',
  title: 'panels show what clients do',
  kind: 'dashboard',
  namespace: 'bookinfo',
  dashboards: ['grafana/golden.json'],
  label: 'grafana_dashboard',
  dataSources: 'grafana/sources.yaml',
  prometheus: undefined,
  signals: ['latency', 'traffic', 'errors', 'saturation'],
  services: [{ names: ['reviews'], namespace: 'bookinfo', perRequest: 1, isAsked: true }],
  service: 'reviews',
  path: { kind: 'ingress', host: 'shop.example.com', path: '/', ratePerSecond: 50 },
  errors: { receiver: { namespace: 'bookinfo', labels: { app: 'reviews' } }, share: 0.1 },
  longestLoadMs: 120_000,
};
const RATE = 50;
const OWN = 'reporter="destination",destination_service_namespace="bookinfo",destination_service_name="reviews"';
const REQUESTS = `istio_requests_total{${OWN}}`;

const panel = (title: string, expr: string, rest: object = {}) => ({
  ...{ title, type: 'timeseries', datasource: { type: 'prometheus', uid: 'prometheus' } },
  targets: [{ refId: 'A', expr }],
  ...rest,
});
const TRAFFIC = panel('Requests', `sum(rate(${REQUESTS}[$__rate_interval]))`);
const ERRORS = panel(
  'Errors',
  `sum(rate(istio_requests_total{${OWN},response_code=~"5.."}[$__rate_interval])) / sum(rate(${REQUESTS}[$__rate_interval]))`,
);
const LATENCY = panel(
  'Latency',
  `histogram_quantile(0.95, sum by (le) (rate(${DURATION}_bucket{${OWN}}[$__rate_interval])))`,
  { fieldConfig: { defaults: { unit: 'ms' } } },
);
const SATURATION = panel('Under way', `sum(rate(${DURATION}_sum{${OWN}}[$__rate_interval])) / 1000`);
const GOLDEN = [TRAFFIC, ERRORS, LATENCY, SATURATION];
const SOURCES = [
  'apiVersion: 1',
  'datasources:',
  '  - { name: Prometheus, uid: prometheus, type: prometheus, isDefault: true, jsonData: { timeInterval: 5s } }',
  '  - { name: Logs, uid: loki, type: loki }',
].join('\n');

interface Play {
  readonly panels?: readonly object[];
  readonly dashboard?: object;
  /** Instead of the dashboard's JSON. */
  readonly text?: string;
  readonly claim?: Partial<DashboardClaim>;
  readonly distort?: (result: LoadResult) => LoadResult;
  readonly signal?: AbortSignal;
  readonly onPause?: (ms: number) => void;
  readonly prepare?: (scene: FakeScene) => void;
}

/** Clients that send while time passes, and a Prometheus that scrapes what their proxies count every two seconds. */
async function judge({
  panels = GOLDEN,
  dashboard = {},
  text,
  claim = {},
  distort = (result) => result,
  ...play
}: Play = {}) {
  playPrograms(createFakeReceivers().run);
  const samples: RequestSample[] = [];
  let emit: (ms: number) => void = () => undefined;
  let running = 0;
  const load: LoadRunner = {
    async run(request, prefix, onSample, signal) {
      running += 1;
      emit = (ms) => {
        const startsAt = scene.clock.ms;
        for (let n = 0; n < (ms * RATE) / 1000; n += 1) {
          const sequence = samples.length;
          const startMs = startsAt + (n * 1000) / RATE;
          const status = sequence % 10 === 7 ? 500 : 200;
          const answer = { status, errorCode: 0, vu: sequence % 20, identity: hopsOf('v1') };
          const sample = { sequence, startMs, endMs: startMs + 8, ...answer };
          samples.push(sample);
          onSample(sample);
        }
      };
      emit(100);
      if (!signal.aborted)
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      emit = () => undefined;
      running -= 1;
      const counted = await scriptedLoad(samples).run(request, prefix, () => 'continue', new AbortController().signal);
      return distort({ ...counted, wallMs: (samples.length / RATE) * 1000, stoppedEarly: true });
    },
  };
  let counted: { readonly of: number; readonly series: ReturnType<typeof seriesOf> } | undefined;
  await using prometheus = await startFakePrometheus((url) => {
    if (counted?.of !== samples.length) counted = { of: samples.length, series: seriesOf(samples) };
    return answerOf(url, counted.series);
  });
  const scene: FakeScene = await createFakeScene({
    load,
    cluster: fakeCluster({ prometheusUrl: prometheus.url }),
    ratePerSecond: RATE,
    ...(play.signal ? { signal: play.signal } : {}),
    async pause(ms) {
      scene.signal.throwIfAborted();
      emit(ms);
      scene.clock.ms += ms;
      play.onPause?.(ms);
      await new Promise((resolve) => setImmediate(resolve));
      scene.signal.throwIfAborted();
    },
  });
  scene.client.put(PODS, meshedPod('reviews-v1', { labels: { app: 'reviews' } }));
  const json = text ?? JSON.stringify({ title: 'Golden', panels, ...dashboard });
  await scene.source.commit(
    [
      { path: 'grafana/golden.json', text: json },
      { path: 'grafana/sources.yaml', text: SOURCES },
    ],
    'dashboards',
  );
  play.prepare?.(scene);
  const result = await judgeDashboard({ ...CLAIM, ...claim }, scene).finally(() => expect(running).toBe(0));
  return { ...result, codes: (result.findings ?? []).map(({ code }) => code), asked: prometheus.asked };
}

test('every panel shows what clients did, and all four signals are there: passed', async () => {
  const { claim, findings, books, asked } = await judge();
  expect(findings).toEqual([]);
  expect(claim.sentence).toBe(
    "All 4 queries of 4 panels returned the run's own traffic; 4 figures agree with what clients did, and panels show latency, traffic, errors, saturation.",
  );
  expect(claim.outcome).toBe('passed');
  expect(claim.details.map(({ label }) => label)).toEqual(
    ['Requests', 'Errors', 'Latency', 'Under way'].map((title) => `${title} A, reviews`),
  );
  expect(claim.details[0]?.value).toMatch(/^50, by clients (3|4)\d(\.\d)? to 5\d(\.\d)?$/);
  expect(claim.details[1]?.value).toMatch(/^0\.1\d*, by clients 0\.0\d+ to 0\.1\d+$/);
  expect(books).toHaveLength(1);
  // the step of the data source, and four times that
  const range = asked.find(({ pathname }) => pathname.endsWith('query_range'));
  expect(range?.searchParams.get('step')).toBe('5');
  expect(range?.searchParams.get('query')).toContain('[20s]');
});

describe('failed, with file, panel and hint', () => {
  const instead = (title: string, own: object) => GOLDEN.map((one) => (one.title === title ? own : one));
  test.each<[string, Play, string, RegExp]>(
    fewOf(5, [
      [
        'a Service that is not there',
        {
          panels: instead(
            'Requests',
            panel('Requests', 'sum(rate(istio_requests_total{destination_service_name="cart"}[1m]))'),
          ),
        },
        'DASHBOARD_PANEL_EMPTY',
        /panel "Requests": query A returns nothing while its traffic runs/,
      ],
      [
        'a query that is none',
        { panels: [...GOLDEN, panel('Broken', `sum(rate(${REQUESTS}[$missing]))`)] },
        'DASHBOARD_QUERY_REFUSED',
        /panel "Broken": Prometheus refuses query A: .*\$missing/,
      ],
      [
        'both sides of each request',
        {
          panels: instead(
            'Requests',
            panel('Requests', 'sum(rate(istio_requests_total{destination_service_name="reviews"}[$__rate_interval]))'),
          ),
        },
        'DASHBOARD_VALUE_DIFFERS',
        /says 100 of reviews, and by what clients did it is/,
      ],
      [
        'a share in percent that is shown as one of one',
        {
          panels: instead(
            'Errors',
            panel('Errors', `100 * ${ERRORS.targets[0]!.expr}`, { fieldConfig: { defaults: { unit: 'percentunit' } } }),
          ),
        },
        'DASHBOARD_VALUE_DIFFERS',
        /says 10 of reviews, shown in the unit percentunit/,
      ],
      [
        'requests of a minute that are shown as those of a second',
        {
          panels: instead(
            'Requests',
            panel('Requests', `${TRAFFIC.targets[0]!.expr} * 60`, { fieldConfig: { defaults: { unit: 'reqps' } } }),
          ),
        },
        'DASHBOARD_VALUE_DIFFERS',
        /no clients sent that many/,
      ],
      [
        'milliseconds that are shown as seconds',
        { panels: instead('Latency', { ...LATENCY, fieldConfig: { defaults: { unit: 's' } } }) },
        'DASHBOARD_VALUE_DIFFERS',
        /shown in the unit s, and no client waited that long/,
      ],
      [
        'traffic of another Service',
        {
          panels: [
            ...GOLDEN,
            panel('Ratings', 'sum(rate(istio_requests_total{destination_service_name="ratings"}[1m]))'),
          ],
        },
        'DASHBOARD_TRAFFIC_FOREIGN',
        /panel "Ratings": query A returns data, but it is of other Services than reviews/,
      ],
      [
        'another namespace',
        { panels: [...GOLDEN, panel('CPU', 'sum(rate(process_cpu_seconds_total[1m]))')] },
        'DASHBOARD_TRAFFIC_FOREIGN',
        /reads namespace elsewhere only/,
      ],
      [
        'a quantile of nothing',
        {
          panels: instead(
            'Latency',
            panel(
              'Latency',
              `histogram_quantile(0.9, sum by (le) (rate(${DURATION}_bucket{${OWN}}[$__rate_interval])) * 0)`,
            ),
          ),
        },
        'DASHBOARD_VALUE_NOT_FINITE',
        /says NaN/,
      ],
      [
        'a data source of another kind',
        { panels: [...GOLDEN, { ...TRAFFIC, title: 'Logs', datasource: { uid: 'loki' } }] },
        'DASHBOARD_SOURCE_UNKNOWN',
        /panel "Logs": query A: the data source "loki" is of type loki/,
      ],
      [
        'a data source that nobody defines',
        {
          panels: [
            ...GOLDEN,
            { ...TRAFFIC, title: 'Lost', datasource: { type: 'prometheus', uid: '${DS_PROMETHEUS}' } },
          ],
        },
        'DASHBOARD_SOURCE_UNKNOWN',
        /"\$\{DS_PROMETHEUS\}" is defined nowhere/,
      ],
      [
        'a library panel that is elsewhere',
        {
          panels: [
            ...GOLDEN,
            { title: 'Shared', type: 'library-panel-ref', libraryPanel: { uid: 'abc', name: 'Load' } },
          ],
        },
        'DASHBOARD_LIBRARY_PANEL_MISSING',
        /it is the library panel Load/,
      ],
      [
        'a panel without a query',
        { panels: [...GOLDEN, { title: 'Nothing', type: 'stat' }] },
        'DASHBOARD_PANEL_EMPTY',
        /panel "Nothing": it has no query/,
      ],
      ['no saturation', { panels: GOLDEN.slice(0, 3) }, 'DASHBOARD_SIGNAL_MISSING', /no panel reads saturation/],
      [
        'a signal in a title only',
        { panels: instead('Under way', panel('Saturation: CPU and memory', 'up{namespace="bookinfo"}')) },
        'DASHBOARD_SIGNAL_MISSING',
        /no panel reads saturation/,
      ],
      ['no JSON', { text: '{ "panels": [' }, 'DASHBOARD_UNREADABLE', /it is no JSON/],
    ]),
  )('%s', async (_, play, code, sentence) => {
    const { claim, findings, codes } = await judge(play);
    expect(claim.outcome).toBe('failed');
    expect(codes).toContain(code);
    const found = findings?.find((one) => one.code === code && sentence.test(one.sentence));
    expect(found, JSON.stringify(findings)).toBeDefined();
    expect(found?.where).toBe('grafana/golden.json');
    expect(found?.hint).toBeTruthy();
  });

  test('exactly the panel that is wrong', async () => {
    const { codes } = await judge({ panels: [...GOLDEN, panel('Broken', 'sum(')] });
    expect(codes).toEqual(['DASHBOARD_QUERY_REFUSED']);
  });
});

test('what an expression makes of hidden queries is not in the unit of its panel', async () => {
  const [failed, all] = ERRORS.targets[0]!.expr.split(' / ');
  const targets = [
    { refId: 'A', expr: failed, hide: true },
    { refId: 'B', expr: all, hide: true },
    { refId: 'C', type: 'math', expression: '$A / $B', datasource: { type: '__expr__', uid: '__expr__' } },
  ];
  const share = panel('Share', '', { targets, fieldConfig: { defaults: { unit: 'percentunit' } } });
  const { claim, findings } = await judge({ panels: [share, LATENCY, SATURATION] });
  expect(findings).toEqual([]);
  expect(claim.outcome).toBe('passed');
});

thorough('of a ConfigMap is judged what the cluster holds', async () => {
  const data = (panels: readonly object[]) => ({
    'golden.json': JSON.stringify({ panels }),
    'README.md': 'no dashboard',
  });
  const metadata = { name: 'dashboards', labels: { grafana_dashboard: '1' } };
  const inGit = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: data(GOLDEN) });
  const { claim, findings } = await judge({
    text: inGit,
    prepare: (scene) =>
      scene.client.put(
        { apiVersion: 'v1', resource: 'configmaps', namespace: 'bookinfo' },
        {
          metadata: { ...metadata, namespace: 'bookinfo' },
          data: data([...GOLDEN, panel('Drifted', 'no_such_metric')]),
        },
      ),
  });
  expect(claim.outcome).toBe('failed');
  expect(findings).toMatchObject(
    [{ code: 'DASHBOARD_PANEL_EMPTY', where: 'grafana/golden.json (golden.json)', sentence: /Drifted/ }].map(
      ({ sentence, ...rest }) => ({ ...rest, sentence: expect.stringMatching(sentence) as string }),
    ),
  );
  expect((await judge({ text: inGit })).claim.outcome).toBe('passed');
});

thorough('what an export leaves open is chosen by whoever imports a file, and by nobody for a ConfigMap', async () => {
  const open = { __inputs: [{ name: 'DS_PROMETHEUS', type: 'datasource', pluginId: 'prometheus' }] };
  const panels = GOLDEN.map((one) => ({ ...one, datasource: '${DS_PROMETHEUS}' }));
  expect((await judge({ panels, dashboard: open })).claim.outcome).toBe('passed');
  const metadata = { name: 'dashboards', labels: { grafana_dashboard: '1' } };
  const data = { 'golden.json': JSON.stringify({ panels, ...open }) };
  const provisioned = await judge({ text: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }) });
  expect(provisioned.codes).toContain('DASHBOARD_SOURCE_UNKNOWN');
});

describe('never passed', () => {
  test('when no rate of requests could be held against clients', async () => {
    const { claim } = await judge({ panels: [LATENCY, SATURATION], claim: { signals: ['latency', 'saturation'] } });
    expect(claim.outcome).toBe('inconclusive');
    expect(claim.sentence).toContain('No rate of requests');
  });

  test.each(
    fewOf(1, [
      ['of a part of the requests', 'response_flags!="UO"', '$__rate_interval'],
      ['over a window of two scrapes', 'response_code!="404"', '4s'],
    ]),
  )('when the only rate is %s', async (_, matcher, window) => {
    const part = panel('Part', `sum(rate(istio_requests_total{${OWN},${matcher}}[${window}]))`);
    const { claim, findings } = await judge({ panels: [part, ...GOLDEN.slice(1)] });
    expect(findings).toEqual([]);
    expect(claim.outcome).toBe('inconclusive');
  });

  thorough('when a query looks back further than the load may last', async () => {
    const { claim } = await judge({ panels: [...GOLDEN, panel('Long', `sum(rate(${REQUESTS}[10m]))`)] });
    expect(claim.outcome).toBe('inconclusive');
    expect(claim.sentence).toMatch(/^Query A of panel "Long" looks back further than the load lasted/);
  });

  test('when the books of the load are bad', async () => {
    const { claim, findings } = await judge({ distort: (result) => ({ ...result, droppedIterations: 5_000 }) });
    expect(claim.outcome).toBe('invalid');
    expect(findings).toEqual([]);
  });

  test('when the run is over meanwhile', async () => {
    const over = new AbortController();
    const reason = new DOMException('time is up', 'TimeoutError');
    await expect(judge({ signal: over.signal, onPause: () => over.abort(reason) })).rejects.toBe(reason);
  });

  test('without a Prometheus', async () => {
    const scene = await createFakeScene();
    await expect(judgeDashboard(CLAIM, scene)).rejects.toMatchObject({ code: 'PROMETHEUS_MISSING', exitCode: 3 });
  });
});
