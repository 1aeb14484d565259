import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { lintManifests } from './lint-manifests.ts';

const FIXTURES = path.join(import.meta.dirname, 'fixtures');

function fixture(name: string) {
  return { path: name, text: readFileSync(path.join(FIXTURES, name), 'utf8') };
}

/** Fixture -> every finding as `severity CODE line:column part of the sentence`. */
const FINDINGS: Record<string, readonly string[]> = {
  'valid-split.yaml': [],
  'valid-hosts.yaml': [],
  'invalid-weights-sum.yaml': [
    'warning ROUTE_WEIGHTS_SUM 40:9 VirtualService cart has weights that sum to 95, not 100 (90 + 5)',
  ],
  'invalid-weights-zero.yaml': ['error ROUTE_WEIGHTS_SUM 40:9 VirtualService cart has weights that sum to 0, not 100'],
  'invalid-weight-values.yaml': [
    'error ROUTE_WEIGHT_INVALID 41:19 the weight 99.5',
    'error ROUTE_WEIGHT_INVALID 43:19 the weight -1',
  ],
  'invalid-weight-missing.yaml': ['warning ROUTE_WEIGHT_MISSING 42:11 gives cart (canary) no weight'],
  'invalid-subset-missing.yaml': [
    'error ROUTE_SUBSET_MISSING 42:46 VirtualService cart routes to subset canari of cart, which no DestinationRule defines',
  ],
  'invalid-host-without-service.yaml': [
    'error ROUTE_HOST_WITHOUT_SERVICE 42:32 routes to basket, but there is no Service basket',
  ],
  'invalid-gateway-only.yaml': ['warning ROUTE_NOT_IN_MESH 38:13 bound to shop-gateway and not to mesh'],
  'invalid-subset-without-pods.yaml': [
    'error SUBSET_WITHOUT_PODS 31:7 selects no pod template (app=cart, version=v3), but a route sends traffic to it',
  ],
  'invalid-duplicate.yaml': ['error OBJECT_DUPLICATE 45:1 VirtualService cart is declared twice'],
  'invalid-syntax.yaml': ['error MANIFEST_YAML_SYNTAX 42:1 block sequence'],
  'valid-rollout.yaml': [],
  'valid-rollout-full-hosts.yaml': [],
  'invalid-rollout-no-routing.yaml': [
    'warning ROLLOUT_WITHOUT_TRAFFIC_ROUTING 8:7 Rollout cart sets weights (10) but has no trafficRouting, so requests are split by the number of pods',
    'warning ROLLOUT_STEPS_NOT_REALISABLE 8:15 10 % becomes 1 of 5 pods (20 %)',
  ],
  'invalid-rollout-references.yaml': [
    'error ROLLOUT_VIRTUAL_SERVICE_MISSING 19:27 steers VirtualService basket, which does not exist',
    'error ROLLOUT_SUBSET_MISSING 20:86 names subset canari, which DestinationRule cart does not define',
    'error ROLLOUT_TEMPLATE_MISSING 22:21 is analysed by AnalysisTemplate limit, which does not exist',
  ],
  'invalid-rollout-route.yaml': [
    'error ROLLOUT_ROUTE_MISSING 19:27 steers route main of VirtualService cart, which has no route of that name',
    'error ROLLOUT_DESTINATION_RULE_MISSING 20:28 DestinationRule karts, which does not exist',
  ],
  'invalid-rollout-hosts.yaml': [
    'error ROLLOUT_SERVICE_MISSING 18:22 has the canaryService cart-canary, which does not exist',
    'error ROLLOUT_DESTINATIONS 48:9 route primary of VirtualService cart has no destination for host cart-canary of Rollout cart',
  ],
  'invalid-analysis-query.yaml': [
    'error ANALYSIS_QUERY_SYNTAX 11:18 metric unclosed: unexpected end at character 36 of: sum(rate(istio_requests_total[1m])',
    'error ANALYSIS_QUERY_SYNTAX 17:18 metric no-range: rate expects a range vector, not an instant vector',
    'error ANALYSIS_QUERY_TYPE 23:18 metric raw-samples: the query gives raw samples or a text',
    'error ANALYSIS_ARGUMENT_UNDECLARED 25:7 metric undeclared uses {{args.app}}, which spec.args does not declare',
    'error ANALYSIS_QUERY_SYNTAX 35:18 metric unknown-argument-breaks-it: unexpected end',
    'info ANALYSIS_QUERY_UNCHECKED 41:18 metric beyond-the-oracle: the oracle does not evaluate the function sort_by_label',
  ],
  'invalid-analysis-labels.yaml': [
    'error ANALYSIS_LABEL_UNKNOWN 11:18 metric two-labels: istio_requests_total has no label destination_aap, so the selector finds no series',
    "warning ANALYSIS_METRIC_UNKNOWN 17:18 metric misspelt: istio_request_total is none of Istio's standard metrics",
    'warning ANALYSIS_LE_WITHOUT_FRACTION 23:18 metric bound: le="500" finds nothing on Prometheus 3, which stores that bound as 500.0',
    'warning ANALYSIS_LABEL_UNKNOWN 29:18 metric mapped: istio_requests_total has no label track, so the selector finds no series, unless the scrape adds it',
    'warning ANALYSIS_LABEL_UNKNOWN 35:18 metric near-by-chance: istio_requests_total has no label role, so the selector finds no series, unless the scrape adds it',
    'error ANALYSIS_LABEL_UNKNOWN 35:18 metric near-by-chance: istio_requests_total has no label reporterr, so the selector finds no series, unless the scrape adds it',
  ],
  'invalid-analysis-window.yaml': [
    'error ANALYSIS_WINDOW_TOO_SHORT 8:40 rate over 20 s needs two samples, but Prometheus scrapes every 15 s',
  ],
  'invalid-analysis-condition.yaml': [
    'error ANALYSIS_CONDITION_INVALID 8:25 metric unclosed, successCondition: unexpected end in the condition: result[0] >= 0.99 &&',
    'error ANALYSIS_CONDITION_INVALID 14:25 metric list-as-number, successCondition: >= cannot take a list of numbers and a number',
    'error ANALYSIS_CONDITION_INVALID 20:25 metric number-as-list, failureCondition: [] cannot take a number',
    'error ANALYSIS_CONDITION_INVALID 26:25 metric no-boolean: failureCondition gives no true or false: result[0]',
    'info ANALYSIS_CONDITION_UNCHECKED 32:25 metric beyond-the-oracle, failureCondition: the oracle does not know the function sort',
    'error ANALYSIS_CONDITION_INVALID 38:25 metric unknown-argument, failureCondition: unexpected end',
  ],
  'invalid-analysis-metric.yaml': [
    'error ANALYSIS_METRIC_INVALID 7:7 metric count-without-interval: interval must be specified when count > 1',
    'error ANALYSIS_METRIC_INVALID 13:7 metric limit-above-count: count (2) must be >= failureLimit + consecutiveSuccessLimit (3 + 0)',
  ],
  'invalid-analysis-nan.yaml': [
    'warning ANALYSIS_NAN_FAILS 8:25 metric success-only: without requests in the window the answer is NaN, which fails',
    'warning ANALYSIS_NAN_PASSES 14:25 metric failure-only: without requests in the window the answer is NaN, which passes',
  ],
  'invalid-analysis-latency.yaml': [
    'warning LATENCY_THRESHOLD_UNDECIDABLE 11:18 metric off-bound: the histogram has no bucket bound at 300 ms',
    'warning LATENCY_THRESHOLD_UNDECIDABLE 23:18 metric off-bound-in-seconds: the histogram has no bucket bound at 600 ms',
    'warning LATENCY_THRESHOLD_UNDECIDABLE 29:18 metric in-the-query: the histogram has no bucket bound at 750 ms',
  ],
  'invalid-analysis-failure-limit.yaml': [
    'warning ANALYSIS_FAILURE_LIMIT_IS_NO_DURATION 10:21 metric two-minutes: failureLimit 8 every 15s does not mean "for 2m"',
    'warning ANALYSIS_FAILURE_LIMIT_IS_NO_DURATION 18:21 metric no-simple-condition-for-1-minute: failureLimit 1 every 30s does not mean "for 1m"',
  ],
};

/** What executing a template says besides; their own tests in analysis/ look at these. */
const OTHERS = /^ANALYSIS_(EMPTY_|ARGUMENT_UNUSED|ARMS_MIXED|CONDITION_MISSING)/;

function findingsOf(name: string) {
  const findings = lintManifests([fixture(name)], { scrapeIntervalMs: 15_000 });
  return findings.filter(({ code }) => !OTHERS.test(code));
}

describe('lintManifests', () => {
  it.each(Object.entries(FINDINGS))('%s', (name, expected) => {
    const findings = findingsOf(name);
    expect(findings).toHaveLength(expected.length);
    expected.forEach((text, index) => {
      const [severity, code, place, ...part] = text.split(' ');
      expect(findings[index]).toMatchObject({ severity, code, where: `${name}:${place}`, layer: 'manifest' });
      expect(findings[index]!.sentence).toContain(part.join(' '));
    });
  });

  it('has an expectation for every fixture', () => {
    const names = readdirSync(FIXTURES).filter((name) => name.endsWith('.yaml'));
    expect(names.sort()).toEqual(Object.keys(FINDINGS).sort());
  });

  it('takes a route that callers in the mesh need more seriously', () => {
    const file = fixture('invalid-gateway-only.yaml');
    const severityFor = (neededInMesh: { name: string; namespace?: string }[]) =>
      lintManifests([file], { namespace: 'shop', neededInMesh }).map(({ severity }) => severity);
    expect(severityFor([{ name: 'cart' }])).toEqual(['error']);
    expect(severityFor([{ name: 'cart', namespace: 'shop' }])).toEqual(['error']);
    expect(severityFor([{ name: 'cart', namespace: 'web' }])).toEqual(['warning']);
    const frontDoor = { path: 'a.yaml', text: file.text.replace('hosts: [cart]', 'hosts: [shop.example.com]') };
    expect(lintManifests([frontDoor])).toEqual([]);
    expect(lintManifests([frontDoor], { neededInMesh: [{ name: 'cart' }] })).toMatchObject([
      { code: 'ROUTE_NOT_IN_MESH', severity: 'error' },
    ]);
  });

  it.each([
    ['90 + 5', 'warning', 'the shares are 94.74 %, 5.26 %'],
    ['45 + 45', 'warning', 'the shares are 50 %, 50 %'],
    ['3 + 1', 'info', 'the shares are 75 %, 25 %'],
    ['400 + 100', 'info', 'the shares are 80 %, 20 %'],
  ])('takes weights of another sum as proportions, as Istio does: %s', (weights, severity, hint) => {
    const [first = '', second = ''] = weights.split(' + ');
    const text = fixture('invalid-weights-sum.yaml').text;
    const changed = text.replace('weight: 90', `weight: ${first}`).replace('weight: 5', `weight: ${second}`);
    const found = lintManifests([{ path: 'a.yaml', text: changed }]);
    expect(found).toMatchObject([
      { code: 'ROUTE_WEIGHTS_SUM', severity, hint: expect.stringContaining(hint) as string },
    ]);
  });

  it('looks for the Services of ping-pong in the route that the Rollout steers', () => {
    const { text } = fixture('valid-rollout-full-hosts.yaml');
    const pingPong = text.replace(
      /stableService: (\S+)\s+canaryService: (\S+)/,
      'pingPong: { pingService: $1, pongService: $2 }',
    );
    expect(pingPong).toContain('pongService');
    expect(lintManifests([{ path: 'a.yaml', text: pingPong }])).toEqual([]);
    const both = pingPong.replace(
      'pingPong:',
      'stableService: cart\n      canaryService: cart-canary\n      pingPong:',
    );
    expect(
      lintManifests([{ path: 'a.yaml', text: both.replace(/pongService: [-\w]+/, 'pongService: other') }]),
    ).toEqual([]);
    expect(
      lintManifests([{ path: 'a.yaml', text: pingPong.replace(/pongService: [-\w]+/, 'pongService: other') }]),
    ).toContainEqual(expect.objectContaining({ code: 'ROLLOUT_SERVICE_MISSING' }));
  });

  it('says nothing of pods that are all old or all new', () => {
    const { text } = fixture('invalid-rollout-no-routing.yaml');
    const codes = (weight: number) =>
      lintManifests([{ path: 'a.yaml', text: text.replace(/setWeight: \d+/, `setWeight: ${weight}`) }]).map(
        ({ code }) => code,
      );
    expect(codes(20)).toContain('ROLLOUT_WITHOUT_TRAFFIC_ROUTING');
    expect(codes(100)).not.toContain('ROLLOUT_WITHOUT_TRAFFIC_ROUTING');
  });

  it('warns of a router without steps', () => {
    const { text } = fixture('valid-rollout.yaml');
    const steps = /\n {6}steps:[\s\S]*?(?=\n {0,6}\S)/.exec(text)?.[0] ?? 'no steps';
    for (const none of ['', '\n      steps:', '\n      steps: []'])
      expect(lintManifests([{ path: 'a.yaml', text: text.replace(steps, none) }])).toContainEqual(
        expect.objectContaining({ code: 'ROLLOUT_WITHOUT_STEPS', severity: 'warning' }),
      );
  });

  it('asks for no mesh where a route chooses no pods', () => {
    const { text } = fixture('invalid-gateway-only.yaml');
    const whole = text.replace(/ {4}- route:[\s\S]*$/, '    - route: [{ destination: { host: cart } }]\n');
    expect(lintManifests([{ path: 'a.yaml', text: whole }]).map(({ code }) => code)).not.toContain('ROUTE_NOT_IN_MESH');
    const subset = whole.replace('{ host: cart }', '{ host: cart, subset: stable }');
    expect(lintManifests([{ path: 'a.yaml', text: subset }]).map(({ code }) => code)).toContain('ROUTE_NOT_IN_MESH');
  });

  it.each([
    ['cart-v2', '[cart]', 'reach cart and not cart-v2'],
    ['cart-v2.shop.svc.cluster.local', '[cart]', 'reach cart and not cart-v2.shop.svc.cluster.local'],
    ['cart.web.svc.cluster.local', '[cart, shop.example.com]', 'reach cart and not cart.web.svc.cluster.local'],
    ['cart', '[cart]', undefined],
    ['cart.shop.svc.cluster.local', '[cart]', undefined],
    ['cart-v2', '[cart, cart-v2]', undefined],
    ['cart-v2', "[cart, '*.shop.svc.cluster.local']", undefined],
    ['cart-v2', '[shop.example.com]', undefined],
  ])(
    'asks for the mesh where a route leads to another Service than callers ask for: %s of %s',
    (host, hosts, words) => {
      const text = fixture('invalid-gateway-only.yaml')
        .text.replace(/ {4}- route:[\s\S]*$/, `    - route: [{ destination: { host: ${host} } }]\n`)
        .replace('hosts: [cart]', `hosts: ${hosts}`);
      const found = lintManifests([{ path: 'a.yaml', text }], { namespace: 'shop' });
      const said = found.filter(({ code }) => code === 'ROUTE_NOT_IN_MESH');
      expect(said.map(({ severity, sentence }) => `${severity} ${sentence.split('inside the mesh ')[1]}`)).toEqual(
        words === undefined ? [] : [`warning ${words}`],
      );
    },
  );

  it('asks for no mesh for a host that no Service of its namespace has', () => {
    const { text } = fixture('invalid-gateway-only.yaml');
    const codes = (host: string) =>
      lintManifests([{ path: 'a.yaml', text: text.replace('hosts: [cart]', `hosts: [${host}]`) }]).map(
        ({ code }) => code,
      );
    expect(codes('cart-vs')).not.toContain('ROUTE_NOT_IN_MESH');
    // in a namespace of which nothing is known
    expect(codes('cart-vs.web.svc.cluster.local')).toContain('ROUTE_NOT_IN_MESH');
  });

  it('takes a short host for the Service of a namespace that only the cluster knows', () => {
    const text = fixture('invalid-gateway-only.yaml').text.replace(
      / {4}- route:[\s\S]*$/,
      '    - route: [{ destination: { host: cart.shop.svc.cluster.local } }]\n',
    );
    expect(lintManifests([{ path: 'a.yaml', text }]).map(({ code }) => code)).not.toContain('ROUTE_NOT_IN_MESH');
  });

  it('rewrites what buckets and limits cannot say', () => {
    const hintsOf = (name: string) => findingsOf(name).map(({ hint }) => hint);
    expect(hintsOf('invalid-analysis-latency.yaml')[0]).toContain(
      'Choose 250 or 500 ms and count: sum(rate(istio_request_duration_milliseconds_bucket{destination_app="{{args.service}}",le=~"500([.]0)?"}[120s])) / sum(rate(istio_request_duration_milliseconds_count{destination_app="{{args.service}}"}[120s])) >= 0.95.',
    );
    expect(hintsOf('invalid-analysis-failure-limit.yaml')[0]).toContain(
      'min_over_time(((sum(rate(istio_requests_total{response_code=~"5.."}[1m])) or vector(0)) > bool 0.05)[2m:15s]) == 1',
    );
    expect(hintsOf('invalid-analysis-labels.yaml')).toEqual([
      'Did you mean destination_app?',
      'Did you mean istio_requests_total?',
      'Write le=~"500([.]0)?", which finds both.',
      expect.stringMatching(/ adds the labels of pods; .* Its labels: reporter, /),
      expect.stringMatching(/ adds the labels of pods; .* Its labels: reporter, /),
      'Did you mean reporter?',
    ]);
  });

  it('takes objects that the cluster names for objects of their own', () => {
    const job = 'apiVersion: batch/v1\nkind: Job\nmetadata: { generateName: smoke- }\n';
    const two = (text: string) => lintManifests([{ path: 'a.yaml', text: `${text}---\n${text}` }]);
    expect(two(job).map(({ code }) => code)).toEqual([]);
    expect(two(job.replace('generateName', 'name')).map(({ code }) => code)).toEqual(['OBJECT_DUPLICATE']);
  });

  it('tells an unused subset from one that gets traffic', () => {
    const file = fixture('invalid-subset-without-pods.yaml');
    const unused = {
      ...file,
      text: file.text.replace('weight: 90', 'weight: 100').replace('weight: 10\n', 'weight: 0\n'),
    };
    expect(lintManifests([unused])).toMatchObject([{ code: 'SUBSET_WITHOUT_PODS', severity: 'info' }]);
  });

  it('finds the same object in two files, also under another version of its group and a default namespace', () => {
    const [a, b] = ['shop', undefined].map((namespace, index) => ({
      path: `${index}.yaml`,
      text: JSON.stringify({
        apiVersion: `apps/v${index + 1}`,
        kind: 'Deployment',
        metadata: { name: 'cart', namespace },
      }),
    }));
    expect(lintManifests([a!, b!], { namespace: 'shop' })).toMatchObject([
      { code: 'OBJECT_DUPLICATE', where: '1.yaml:1:1', hint: expect.stringContaining('0.yaml:1:1') },
    ]);
    expect(lintManifests([a!, b!], { namespace: 'web' })).toEqual([]);
  });

  it('takes the same words twice for what they are, as of a Namespace at the head of two files', () => {
    const text = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { team: a } }\n';
    const twins = (second: string) =>
      lintManifests(
        [text, second].map((one, index) => ({ path: `${index}.yaml`, text: one })),
        { namespace: 'shop' },
      );
    expect(twins(text)).toMatchObject([
      { severity: 'info', sentence: 'Namespace shop is declared twice, in the same words' },
    ]);
    expect(twins(text.replace('team: a', 'team: b'))).toMatchObject([
      { severity: 'error', sentence: 'Namespace shop is declared twice' },
    ]);
  });

  it('reads only manifests, and survives whatever they hold', () => {
    const strange = [
      '',
      '---',
      'null',
      '[]',
      '7',
      'kind: VirtualService',
      'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: x}\nspec: {http: [null, {route: [null, 3]}, {route: 5}], gateways: 4}',
      'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: x}\nspec: {host: 3, subsets: [null, {labels: []}]}',
      'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: x}\nspec: {sources: [null, 3, {path: 5}], source: 2}',
    ];
    expect(() => lintManifests(strange.map((text, index) => ({ path: `${index}.yaml`, text })))).not.toThrow();
    expect(lintManifests([{ path: 'chart/templates/a.tpl', text: '{{ not: yaml' }])).toEqual([]);
  });

  it('knows no subsets of a Service that another repository brings', () => {
    const route = (host: string) => ({
      path: 'a.yaml',
      text: `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: x, namespace: shop }\nspec: { hosts: [x.example.com], gateways: [edge], http: [{ route: [{ destination: { host: ${host}, subset: v1 } }] }] }\n`,
    });
    const missing = (host: string) =>
      lintManifests([route(host)]).filter(({ code }) => code === 'ROUTE_SUBSET_MISSING');
    expect(missing('reviews.prod.svc.cluster.local')).toMatchObject([{ severity: 'warning' }]);
    expect(missing('reviews')).toMatchObject([{ severity: 'error' }]);
  });

  it('sorts by file and line', () => {
    const findings = lintManifests(
      [fixture('invalid-weight-values.yaml'), fixture('invalid-host-without-service.yaml')],
      {},
    );
    const places = findings.map(({ where }) => where!);
    expect(places.length).toBeGreaterThan(3);
    expect(places).toEqual(places.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })));
  });
});
