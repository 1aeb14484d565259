import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { sampleSimulation } from '../../../../reports/model/samples/sample-simulation.ts';
import { createFakeServices } from '../../../testkit/fakes/fake-services.ts';
import { createFakeWorld } from '../../../testkit/fakes/fake-world.ts';
import { fewOf, thorough } from '../../../testkit/runner/thorough.ts';
import { run } from '../../run.ts';
import { recommendationLines } from './recommendation-text.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'simulate-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function simulate(...argv: readonly string[]) {
  const world = createFakeWorld({ cwd: root });
  const exitCode = await run(world, ['simulate', ...argv, '-q']);
  return { exitCode, stdout: world.stdoutText(), stderr: world.stderrText() };
}

type Part = Readonly<Record<string, unknown>>;
interface Changes {
  readonly canary?: Part;
  readonly metric?: Part;
  readonly args?: unknown;
  readonly rollouts?: readonly string[];
}
const QUERY =
  'sum(rate(istio_requests_total{destination_version="v2",response_code!~"5.."}[1m])) / sum(rate(istio_requests_total{destination_version="v2"}[1m]))';

/** A folder with a Rollout and a template, changed as the case needs. */
async function folder(name: string, changes: Changes = {}) {
  const metric = {
    name: 'good',
    interval: '30s',
    failureLimit: 2,
    successCondition: 'result[0] >= {{args.least}}',
    provider: { prometheus: { query: QUERY } },
    ...changes.metric,
  };
  const rollouts = (changes.rollouts ?? ['shop']).map((rollout) => ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: rollout },
    spec: {
      template: { metadata: { labels: { app: 'shop', version: 'v2' } } },
      strategy: {
        canary: {
          trafficRouting: { istio: {} },
          analysis: { templates: [{ templateName: 'limits' }] },
          steps: [{ setWeight: 10 }, { pause: { duration: '2m' } }],
          ...changes.canary,
        },
      },
    },
  }));
  const template = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisTemplate',
    metadata: { name: 'limits' },
    spec: { args: changes.args ?? [{ name: 'least', value: '0.99' }], metrics: [metric] },
  };
  await mkdir(path.join(root, name, 'deploy'), { recursive: true });
  const text = [...rollouts, template].map((one) => stringify(one)).join('---\n');
  await writeFile(path.join(root, name, 'deploy', 'all.yaml'), text);
  return `./${name}`;
}

describe('simulate', () => {
  it('says both numbers first, and the same bytes for the same seed', async () => {
    const source = await folder('good');
    const argv = [source, '--traffic', '2/s', '--canary-error-rate', '50%', '--rollouts', '40', '--seed', '7'];
    const human = await simulate(...argv, '-o', 'human', '-o', 'json=first.json');
    expect(human.exitCode).toBe(0);
    const [good, bad] = human.stdout.split('\n');
    expect(good).toMatch(/^A perfect canary is rolled back in [\d.]+ % of releases: [\d.]+ % no data/);
    expect(bad).toMatch(/^A bad canary \(50 % errors\) is promoted in [\d.]+ % of releases/);
    const json = await readFile(path.join(root, 'first.json'), 'utf8');
    expect((await simulate(...argv, '-o', 'json')).stdout).toBe(json);
    const result = JSON.parse(json);
    expect(result).toMatchObject({ rollout: 'shop', seed: 7, good: { releases: 40 }, bad: { releases: 40 } });
    expect(result.falseStop.low).toBeLessThan(result.falseStop.p);
    expect(result.warnings).toContainEqual(expect.objectContaining({ code: 'WINDOWS_OVERLAP' }));
  });

  it('writes every format from the same result', async () => {
    const source = await folder('formats');
    const files = ['json=r.json', 'html=r.html', 'markdown=r.md'].flatMap((target) => ['-o', target]);
    const argv = ['--traffic', '2/s', '--canary-error-rate', '50%', '--rollouts', '60', ...files, '-o', 'human'];
    const { exitCode, stdout } = await simulate(source, ...argv);
    expect(exitCode).toBe(0);
    const [headline] = stdout.split('\n');
    expect(JSON.parse(await readFile(path.join(root, 'r.json'), 'utf8'))).toMatchObject({ unit: 'folder deploy' });
    expect(await readFile(path.join(root, 'r.md'), 'utf8')).toContain(headline);
    const page = await readFile(path.join(root, 'r.html'), 'utf8');
    expect(page).toContain(headline);
    for (const part of ['Stopped, by true error share', 'A typical false stop']) expect(page).toContain(part);
  });

  it('judges limits: kept, broken, undecided', async () => {
    const source = await folder('limits');
    const quiet = (rollouts: string, limit: string) =>
      simulate(source, '--traffic', '2/s', '--rollouts', rollouts, '--max-false', limit);
    expect((await quiet('100', '90%')).exitCode).toBe(0);
    expect((await quiet('100', '1%')).exitCode).toBe(1);
    const undecided = await quiet('5', '20%');
    expect(undecided.exitCode).toBe(4);
    expect(undecided.stdout).toContain('undecided, the interval straddles it');
  });

  thorough('simulates a slow canary, one that goes bad later, and bursts that nobody measured', async () => {
    const query =
      'histogram_quantile(0.95, sum by (le) (rate(istio_request_duration_milliseconds_bucket{destination_version="v2"}[1m])))';
    const slow = await folder('slow', {
      metric: { successCondition: 'result[0] < 500', provider: { prometheus: { query } } },
    });
    const latency = await simulate(
      slow,
      '--traffic',
      '100/s',
      '--canary-latency',
      'lognormal:median=900ms,sigma=.5',
      '--rollouts',
      '50',
      '-o',
      'json',
    );
    expect(JSON.parse(latency.stdout)).toMatchObject({ falseStop: { count: 0 }, miss: { count: 0 } });
    const later = await simulate(
      await folder('later'),
      '--traffic',
      '100/s',
      '--error-rate',
      '.1%',
      '--canary-error-rate',
      '50%',
      '--bad-from',
      '1m',
      '--bad-for',
      '5s',
      '--rollouts',
      '50',
      '-o',
      'json',
    );
    const result = JSON.parse(later.stdout);
    expect(result.inputs.bad.fault).toEqual({ errorShare: 0.5, fromMs: 60_000, untilMs: 65_000 });
    expect(result.warnings).toContainEqual(expect.objectContaining({ code: 'BURSTS_UNKNOWN' }));
  });
});

thorough('loses scrapes, is away for a while, and counts users; the text says so', async () => {
  const source = await folder('lost');
  const argv = [source, '--traffic', '100/s', '--canary-error-rate', '50%', '--rollouts', '60', '--fano', '1'];
  const falseStop = async (...more: readonly string[]) =>
    JSON.parse((await simulate(...argv, ...more, '-o', 'json')).stdout).falseStop.count;
  expect(await falseStop()).toBe(0);
  expect(await falseStop('--scrape-loss', '60%')).toBeGreaterThan(0);
  expect(await falseStop('--outage', 'stable')).toBe(0);
  expect(await falseStop('--outage', 'canary')).toBe(60);
  const away = ['--outage', 'prometheus,from=30s,for=70s', '--scrape-loss', '1%', '--users', '10000:5'];
  const { stdout } = await simulate(...argv, ...away);
  expect(stdout).toContain('Prometheus is away from 30 s to 100 s\n10000 users, each with 5 requests in 12');
  expect(stdout).toMatch(/rolled back, Error +100 %/);
  expect(stdout).toMatch(/users who met the canary, by request +[1-9]/);
  expect(stdout).toContain(
    'assumed: each version is one scraped target, with a phase of its own; 1 % of its scrapes fail',
  );
  const { good, inputs } = JSON.parse((await simulate(...argv, '--users', '10000:5/1h', '-o', 'json')).stdout);
  expect(inputs.users).toEqual({ count: 10_000, requests: 5, withinMs: 3_600_000 });
  // 10 % of the traffic for two minutes of an hour: 10,000 x 5 x 0.1 / 30
  expect(good.users.byRequest).toBeGreaterThan(155);
  expect(good.users.byRequest).toBeLessThan(170);
});

describe('side by side', () => {
  const few = ['--traffic', '20/s', '--fano', '1', '--canary-error-rate', '50%', '--rollouts', '40'];

  thorough('every policy of a folder, or of several folders, in tables; alone they are ambiguous', async () => {
    const source = await folder('several', { rollouts: ['shop', 'cart'] });
    expect((await simulate(source, ...few)).stderr).toMatch(
      /^error SIMULATION_ROLLOUT_AMBIGUOUS: [\s\S]*--side-by-side/,
    );
    const { exitCode, stdout } = await simulate(
      source,
      ...few,
      '--side-by-side',
      ...['-o', 'markdown=all.md', '-o', 'html=all.html'],
      '-o',
      'human',
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\npolicy +good: stopped +50 % errors: promoted\ncart +[\d.]+ % .*\nshop +[\d.]+ % /);
    const markdown = await readFile(path.join(root, 'all.md'), 'utf8');
    expect(markdown).toContain('| policy | good: stopped | 50 % errors: promoted |\n|---|---|---|\n| cart |');
    const page = await readFile(path.join(root, 'all.html'), 'utf8');
    expect(page.match(/<figure class="panel"><h3>(?:cart|shop) /g)).toHaveLength(2);
    const one = await folder('single');
    const json = JSON.parse((await simulate(one, source, ...few, '-o', 'json')).stdout);
    expect(json.policies.map(({ policy }: { policy: string }) => policy)).toEqual([
      'shop (single)',
      'cart',
      'shop (several)',
    ]);
    expect(json.policies[0].document.good).toEqual(json.policies[2].document.good);
  });

  thorough('a limit that one policy breaks is broken; of one that cannot be simulated nothing is known', async () => {
    const good = await folder('keeps', { metric: { failureLimit: 50 } });
    const strict = await folder('breaks', { metric: { failureLimit: 0, successCondition: 'result[0] > 1' } });
    const job = await folder('unknown', { metric: { provider: { job: {} } } });
    const limit = ['--max-false', '30%'];
    expect((await simulate(good, good, ...few, ...limit)).exitCode).toBe(0);
    expect((await simulate(good, strict, ...few, ...limit)).exitCode).toBe(1);
    const unknown = await simulate(good, job, ...few, ...limit);
    expect(unknown.exitCode).toBe(4);
    expect(unknown.stdout).toMatch(/\nnot simulated: shop \(unknown\) \(folder deploy\): SIMULATION_PROVIDER: /);
    expect((await simulate(good, job, ...few)).exitCode).toBe(0);
  });

  it.each([
    ['--part', '0/2'],
    ['--merge', 'a.json'],
    ['--rollout', 'shop'],
    ['--unit', 'deploy'],
    ['--from-prometheus', 'http://127.0.0.1:9'],
  ])('%s is about one policy', async (option, value) => {
    const argv = option === '--from-prometheus' ? [] : ['--traffic', '1/s'];
    const { exitCode, stderr } = await simulate('a', 'b', ...argv, option, value);
    expect(stderr).toMatch(new RegExp(`^error SIMULATION_SIDE_BY_SIDE: ${option} `));
    expect(exitCode).toBe(2);
  });
});

describe('bad input', () => {
  const traffic = ['--traffic', '10/s', '--rollouts', '20'];

  it.each<[code: string, argv: readonly string[], changes?: Changes]>(
    fewOf(20, [
      ['SIMULATION_TRAFFIC', ['--traffic', '0/s']],
      ['SIMULATION_TRAFFIC', ['--traffic', '-5']],
      ['SIMULATION_ERROR_SHARE', [...traffic, '--error-rate', '120%']],
      ['SIMULATION_ERROR_SHARE', [...traffic, '--canary-error-rate=-0.1']],
      ['SIMULATION_TRAFFIC', [...traffic, '--at', 'peak']],
      ['SIMULATION_TRAFFIC', ['--at', 'usual']],
      ['SIMULATION_TRAFFIC', [...traffic, '--from-run', 'runs/one']],
      ['SIMULATION_TRAFFIC', ['--from-prometheus', 'http://127.0.0.1:9', '--from-run', 'runs/one']],
      ['SIMULATION_RECORD_OPTION', [...traffic, '--range', '7d']],
      ['SIMULATION_RECORD_OPTION', [...traffic, '--load', 'ingress']],
      ['SIMULATION_RECORD_OPTION', [...traffic, '--record', 'r.json']],
      ['SIMULATION_PROMETHEUS_URL', ['--from-prometheus', 'prometheus:9090']],
      ['SIMULATION_PROMETHEUS_URL', ['--from-prometheus', 'http://a:b@prometheus:9090']],
      ['RUN_DIRECTORY_MISSING', ['--from-run', './no-run']],
      ['SIMULATION_RECORDING', ['--traffic', './none.json']],
      ['SIMULATION_NO_DIFFERENCE', [...traffic, '--error-rate', '2%', '--canary-error-rate', '1%']],
      ['SIMULATION_NO_DIFFERENCE', [...traffic, '--error-rate', '2%', '--canary-error-rate', '2%']],
      ['SIMULATION_BAD_CANARY', [...traffic, '--bad', 'errors=5%,pods=0']],
      ['SIMULATION_BAD_CANARY', [...traffic, '--bad', 'errors=5%,from-weight=0']],
      ['SIMULATION_NO_DIFFERENCE', [...traffic, '--bad', 'errors=5%', '--bad', 'errors=0']],
      ['SIMULATION_LATENCY', [...traffic, '--bad', 'slow=5%,times=.5']],
      ['SIMULATION_LATENCY', [...traffic, '--latency', 'lognormal:median=80ms,sigma=-1']],
      ['SIMULATION_FANO', [...traffic, '--fano', '0.5']],
      ['SIMULATION_SCRAPE_LOSS', [...traffic, '--scrape-loss', '100%']],
      ['SIMULATION_USERS', [...traffic, '--users', '0:5']],
      ['SIMULATION_USERS', [...traffic, '--users', '10.5:5']],
      ['SIMULATION_USERS', [...traffic, '--users', '10:0']],
      ['SIMULATION_RELEASES', [...traffic, '--rollouts', '0']],
      ['SIMULATION_RELEASES', [...traffic, '--rollouts', '4294967296']],
      ['SIMULATION_SEED', [...traffic, '--seed', '4294967296']],
      // drawn numbers would overflow, and nothing would ever be simulated
      ['SIMULATION_TRAFFIC', ['--traffic', '1e308/s']],
      ['SIMULATION_RECOMMEND', [...traffic, '--vary-steps']],
      ['SIMULATION_NO_DIFFERENCE', [...traffic, '--canary-latency', 'lognormal:median=10ms,sigma=.5']],
      ['SIMULATION_NO_DIFFERENCE', [...traffic, '--bad', 'slow=50%,times=1']],
      ['ROLLOUT_UNSUPPORTED', traffic, { canary: { steps: [{ setWeight: 10 }, { pause: null }] } }],
      ['ROLLOUT_UNSUPPORTED', traffic, { canary: { steps: [{ setWeight: 10 }, { pause: { duration: '5 min' } }] } }],
      ['SIMULATION_PROVIDER', traffic, { metric: { provider: undefined } }],
      ['SIMULATION_LIMIT', [...traffic, '--max-false', '2']],
      ['SIMULATION_LIMIT', [...traffic, '--max-miss', '1%']],
      ['SIMULATION_PRECISION', [...traffic, '--precision', '0']],
      ['SIMULATION_RECOMMEND', [...traffic, '--recommend']],
      ['SIMULATION_RECOMMEND', [...traffic, '--recommend', '--canary-error-rate', '5%']],
      ['SIMULATION_NO_ROLLOUT', [...traffic, '--unit', 'overlays/none']],
      ['SIMULATION_PART_SEARCH', [...traffic, '--part', '0/2', '--precision', '20%']],
      ['SIMULATION_PART_SEARCH', [...traffic, '--part', '0/2', '--recommend', '--canary-error-rate', '5%']],
      ['SIMULATION_PART_MERGE', [...traffic, '--part', '0/2', '--merge', './none.json']],
      ['SIMULATION_PART_FILE', [...traffic, '--merge', './none.json']],
      ['OUTPUT_FORMAT', [...traffic, '--part', '0/2', '-o', 'html']],
      ['SIMULATION_FAULT_TIME', [...traffic, '--bad-from', '1m']],
      ['SIMULATION_WINDOW_EMPTY', [...traffic, '--scrape', '1m']],
      ['SIMULATION_ROLLOUT_AMBIGUOUS', [...traffic], { rollouts: ['shop', 'cart'] }],
      ['SIMULATION_NO_ROLLOUT', [...traffic, '--rollout', 'other']],
      ['SIMULATION_NO_ANALYSIS', traffic, { canary: { analysis: undefined } }],
      ['SIMULATION_TEMPLATE_MISSING', traffic, { canary: { analysis: { templates: [{ templateName: 'none' }] } } }],
      ['SIMULATION_PROVIDER', traffic, { metric: { provider: { job: {} } } }],
      ['SIMULATION_PROVIDER', traffic, { metric: { provider: { prometheus: { query: QUERY, rangeQuery: {} } } } }],
      ['SIMULATION_TREAT_AS', [...traffic, '--treat-as', 'other=pass']],
      ['SIMULATION_TREAT_AS', [...traffic, '--treat-as', 'good=perhaps']],
      [
        'SIMULATION_SELECTOR',
        traffic,
        { metric: { provider: { prometheus: { query: 'sum(rate(http_total[1m]))' } } } },
      ],
      [
        'ANALYSIS_ARGUMENT_UNRESOLVED',
        traffic,
        { args: [{ name: 'least', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } }] },
      ],
      ['ROLLOUT_UNSUPPORTED', traffic, { canary: { dynamicStableScale: true } }],
      ['ROLLOUT_UNSUPPORTED', traffic, { canary: { trafficRouting: undefined } }],
      ['ROLLOUT_UNSUPPORTED', traffic, { canary: { steps: [{ experiment: {} }] } }],
      ['ROLLOUT_UNSUPPORTED', traffic, { canary: { steps: [{ setHeaderRoute: {} }] } }],
      ['PROMQL_SYNTAX', traffic, { metric: { provider: { prometheus: { query: 'sum(rate(' } } } }],
    ]),
  )('%s %j', async (code, argv, changes = {}) => {
    const { exitCode, stderr, stdout } = await simulate(await folder(`bad-${code}`, changes), ...argv);
    expect(stderr).toMatch(new RegExp(`^error ${code}: `));
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
  });

  it('does not guess between two templates of one name; a folder needs no slash', async () => {
    await folder('twice');
    const text = stringify({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AnalysisTemplate',
      metadata: { name: 'limits' },
      spec: { metrics: [] },
    });
    await writeFile(path.join(root, 'twice', 'deploy', 'limits.yaml'), text);
    expect((await simulate('twice', ...traffic)).stderr).toMatch(/^error SIMULATION_TEMPLATE_AMBIGUOUS: /);
  });

  it('names the file that could not be read, where no Rollout was found', async () => {
    await mkdir(path.join(root, 'broken'), { recursive: true });
    const text = 'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: shop }\nspec: [\n';
    await writeFile(path.join(root, 'broken', 'all.yaml'), text);
    const { stderr } = await simulate('./broken', ...traffic);
    expect(stderr).toMatch(/^error SIMULATION_NO_ROLLOUT: [\s\S]*hint: all\.yaml:\d+:\d+: /);
  });

  it('a condition that cannot be evaluated is no chance', async () => {
    const source = await folder('condition', { metric: { successCondition: 'result >= {{args.least}}' } });
    const { stdout } = await simulate(source, ...traffic, '--rollouts', '5');
    expect(stdout).toMatch(/rolled back in 100 % of releases: 100 % a condition that cannot be evaluated\.\n/);
  });

  it('an analysis that Argo itself refuses is a broken policy, exit 1', async () => {
    const source = await folder('refused', { metric: { interval: undefined, count: 3 } });
    const { exitCode, stderr } = await simulate(source, ...traffic);
    expect(stderr).toMatch(/^error SIMULATION_RUN_INVALID: Argo refuses the analysis: .*interval must be specified/);
    expect(exitCode).toBe(1);
  });

  it.each([
    ['--traffic', 'many'],
    ['--latency', 'slow'],
    ['--error-rate', 'x%'],
    ['--arrivals', 'never'],
    ['--part', '2/2'],
    ['--outage', 'gateway'],
    ['--outage', 'canary,for=1m,from=2m'],
    ['--users', '10000'],
    ['--users', '10000:5/often'],
    ['--threads', '0'],
    ['--threads', '257'],
    ['--traffic', '100rps'],
    ['--part', '1'],
  ])('what cannot be read at all: %s %s', async (option, value) => {
    const { exitCode, stderr } = await simulate(await folder('unread'), '--traffic', '1/s', option, value);
    expect(stderr).toContain(option);
    expect(exitCode).toBe(2);
  });

  it('needs traffic, and a profile or folder that is there', async () => {
    expect((await simulate(await folder('none'))).stderr).toMatch(/^error SIMULATION_TRAFFIC: .*\n.*--traffic/);
    expect((await simulate('./nowhere', ...traffic)).stderr).toMatch(/^error PROFILE_NOT_FOUND/);
    expect((await simulate('gridoz', ...traffic)).stderr).toMatch(/^error PROFILE_UNKNOWN.*gridos/);
    expect((await simulate('bookinfo', ...traffic)).stderr).toMatch(/^error SIMULATION_NO_ROLLOUT/);
  });
});

it('hands the services what was asked', async () => {
  const services = createFakeServices();
  const world = createFakeWorld();
  await run(world, ['simulate', 'x', '--traffic', '60/m', '--error-rate', '.2%', '--rollouts', '10', '-q'], services);
  expect(services.calls[0]).toMatchObject({
    verb: 'simulate',
    request: { source: 'x', ask: { ratePerSecond: 1, errorShare: 0.002, bad: [] }, releases: 10, seed: 1 },
  });
});

it('hands on a part, and files to merge; a part is nothing but its counts', async () => {
  const services = createFakeServices();
  const world = createFakeWorld();
  expect(await run(world, ['simulate', 'x', '--traffic', '1/s', '--part', '3/8', '-q'], services)).toBe(0);
  expect(services.calls[0]).toMatchObject({
    verb: 'simulatePart',
    request: { source: 'x', part: { index: 3, count: 8 } },
  });
  expect(world.stdoutText()).toBe('counts of a part\n');
  const merge = ['--merge', 'a.json', '--merge', 'b.json'];
  await run(createFakeWorld(), ['simulate', 'x', '--traffic', '1/s', ...merge, '-q'], services);
  expect(services.calls[1]).toMatchObject({ verb: 'simulate', request: { merge: ['a.json', 'b.json'] } });
});

it('a recommendation shows both operating curves side by side', () => {
  const text = recommendationLines(sampleSimulation()).join('\n');
  expect(text).toMatch(/true errors +stopped today +stopped, recommended\n0 % /);
  expect(text).toMatch(/\n5 % \(bad\) +9[\d.]+ % .*\) +\d+\.?\d* % .*\)\n/);
  expect(recommendationLines({ ...sampleSimulation(), recommendation: null })).toEqual([]);
});
