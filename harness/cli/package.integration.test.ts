/** What a user gets: the packed package, installed in an empty folder, under the machine's own Node. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SHOP } from '../init/repository-fixture.ts';
import { startSplitServer } from '../testkit/fakes/split-server.ts';
import { isForDevelopment } from '../testkit/test-helpers.ts';
import { commitAll } from '../units/tree-fixture.ts';
import { findK6 } from './compose/find-k6.ts';

const root = path.resolve(import.meta.dirname, '../..');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'canaryproof-package-'));
  const packed = npm(root, ['pack', '--json', '--pack-destination', folder]);
  const [{ filename, files }] = JSON.parse(packed.slice(packed.indexOf('['))) as [
    { filename: string; files: readonly { path: string }[] },
  ];
  expect(files.map((file) => file.path)).toEqual(
    expect.arrayContaining(['bin/canaryproof', 'dist/cli.mjs', 'npm-shrinkwrap.json', 'scenarios/traffic-split.ts']),
  );
  // the archive itself, file by file: dist/ mirrors the sources
  const carried = files.map((file) => file.path.replace(/^dist\//, '').replace(/\.mjs$/, '.ts'));
  expect(carried.filter(isForDevelopment)).toEqual([]);
  writeFileSync(path.join(folder, 'package.json'), '{"private": true}');
  npm(folder, ['install', '--prefer-offline', '--no-audit', '--no-fund', `./${filename}`]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function npm(cwd: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} ended with ${status}\n${stderr}`);
  return stdout;
}

/** The machine's own node, not the one of this checkout. */
const environment = {
  ...process.env,
  PATH: (process.env.PATH ?? '')
    .split(path.delimiter)
    .filter((part) => !part.startsWith(root))
    .join(path.delimiter),
};
const bin = () => path.join(folder, 'node_modules/.bin/canaryproof');

test('the package pins what it needs, and does not say from where; the checkout is as it was', () => {
  const within = path.join(folder, 'node_modules/canaryproof');
  const shrinkwrap = readFileSync(path.join(within, 'npm-shrinkwrap.json'), 'utf8');
  expect(shrinkwrap).not.toContain('"resolved"');
  const { dependencies } = JSON.parse(readFileSync(path.join(within, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const { packages } = JSON.parse(shrinkwrap) as { packages: Record<string, { integrity: string }> };
  for (const name of Object.keys(dependencies)) expect(packages[`node_modules/${name}`]?.integrity).toMatch(/^sha512-/);
  expect(existsSync(path.join(root, 'npm-shrinkwrap.json'))).toBe(false);
});

test('doctor examines the machine', () => {
  const { status, stdout, stderr } = spawnSync(bin(), ['doctor', '-o', 'json'], {
    cwd: folder,
    encoding: 'utf8',
    env: environment,
  });
  expect(stderr).toBe('');
  const checks = JSON.parse(stdout) as readonly { name: string; state: string }[];
  expect(checks.find(({ name }) => name === 'node')).toMatchObject({ state: 'ok' });
  expect(status).toBe(checks.some(({ state }) => state === 'failed') ? 3 : 0);
});

test('bad input is refused as in a checkout', () => {
  const { status, stderr } = spawnSync(bin(), ['conform', 'bokinfo'], {
    cwd: folder,
    encoding: 'utf8',
    env: environment,
  });
  expect(stderr).toContain("did you mean 'bookinfo'");
  expect(status).toBe(2);
});

test('lint judges a repository, and simulate a policy, both of them shipped', () => {
  const inPackage = (...args: readonly string[]) =>
    spawnSync(bin(), args, { cwd: folder, encoding: 'utf8', env: environment, maxBuffer: 64 * 1024 ** 2 });
  const route = [
    'apiVersion: networking.istio.io/v1',
    'kind: VirtualService',
    'metadata: { name: shop }',
    'spec:',
    '  hosts: [shop]',
    '  http: [{ route: [{ destination: { host: a }, weight: 0 }, { destination: { host: b }, weight: 0 }] }]',
  ].join('\n');
  mkdirSync(path.join(folder, 'shop'));
  writeFileSync(path.join(folder, 'shop', 'route.yaml'), route);
  spawnSync('git', ['init', '--quiet', path.join(folder, 'shop')]);
  const lint = inPackage('lint', 'shop', '-o', 'json', '-q');
  expect(lint.status, lint.stderr).toBe(1);
  expect(lint.stdout).toContain('ROUTE_WEIGHTS_SUM');
  const simulated = inPackage('simulate', 'gridos', '--traffic', '50/s', '--rollouts', '20', '-o', 'json', '-q');
  expect(simulated.stderr).not.toContain('internal');
  expect(JSON.parse(simulated.stdout)).toHaveProperty('verdict');
  const kept = inPackage('history', '-o', 'json');
  expect({ status: kept.status, stdout: JSON.parse(kept.stdout) }).toEqual({
    status: 0,
    stdout: { subjects: [], problems: [] },
  });
});

test('init writes a profile of a repository of somebody, and plan reads it', () => {
  const repository = path.join(folder, 'delivery');
  mkdirSync(path.join(repository, 'deploy'), { recursive: true });
  writeFileSync(path.join(repository, 'deploy', 'shop.yaml'), SHOP);
  commitAll(repository);
  const inRepository = (...args: readonly string[]) =>
    spawnSync(bin(), args, { cwd: repository, encoding: 'utf8', env: environment, maxBuffer: 64 * 1024 ** 2 });
  const made = inRepository('init', '--yes', '-q');
  expect(made.status, made.stderr).toBe(0);
  const planned = inRepository('plan', '.', '-o', 'json', '-q');
  expect(planned.status, planned.stderr).toBe(0);
  expect(planned.stdout).toContain('deploy/canary-steps');
  commitAll(repository, 'profile');
  const unchanged = inRepository('conform', '.', '--changed-since', 'HEAD', '-q');
  expect(unchanged.status, unchanged.stderr).toBe(0);
  expect(unchanged.stderr).toContain('no claim was judged');
});

const POLICY_TEST = `
import { simulate, type SimulationReport } from 'canaryproof';

const meta = { name: 'shop', namespace: 'demo' };
const good = 'sum(rate(istio_requests_total{destination_version="v2",response_code!~"5.."}[1m]))';
const all = 'sum(rate(istio_requests_total{destination_version="v2"}[1m]))';
const metric = { name: 'good', interval: '30s', successCondition: 'result[0] >= 0.99', provider: { prometheus: { query: good + ' / ' + all } } };
const canary = { trafficRouting: { istio: {} }, analysis: { templates: [{ templateName: 'shop' }] }, steps: [{ setWeight: 10 }, { pause: { duration: '2m' } }] };
const template = { metadata: { labels: { app: 'shop', version: 'v2' } } };
const report: SimulationReport = simulate({
  manifests: [
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: meta, spec: { template, strategy: { canary } } },
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisTemplate', metadata: meta, spec: { metrics: [metric] } },
  ],
  ratePerSecond: 100,
  bad: { errorShare: 0.5 },
  releases: 50,
});
console.log(report.falseStop.count, report.miss?.count);
`;

test('a policy is tested with the library, typed and run', () => {
  writeFileSync(path.join(folder, 'policy.mts'), POLICY_TEST);
  const options = { strict: true, module: 'nodenext', target: 'es2023', types: [], outDir: 'out' };
  writeFileSync(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, files: ['policy.mts'] }),
  );
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const typed = spawnSync(process.execPath, [tsc, '-p', folder], { cwd: folder, encoding: 'utf8' });
  // nobody here knows of `console`: without types of Node it is the one thing that is not typed
  expect(typed.stdout.split('\n').filter((line) => /error/.test(line) && !line.includes("'console'"))).toEqual([]);
  const { stdout, stderr, status } = spawnSync(process.execPath, ['out/policy.mjs'], { cwd: folder, encoding: 'utf8' });
  expect({ stdout, stderr, status }).toEqual({ stdout: '0 0\n', stderr: '', status: 0 });
});

test('assert-split judges a URL and writes all reports', async () => {
  const k6 = await findK6(process.env, undefined);
  expect(k6, 'set CANARYPROOF_K6, or put a k6 2.x on PATH').toBeDefined();
  await using server = await startSplitServer({ v1: 0.9, v2: 0.1 }, 11);
  const args = ['assert-split', '--url', server.url, '--expect', 'v1=90,v2=10', '--identify', 'header:x-version'];
  const child = spawn(bin(), [...args, '--assurance', 'smoke', '--rate', '200', '--k6', k6!.path, '-o', 'json', '-q'], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const status = await new Promise((resolve) => child.once('close', resolve));
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const report = JSON.parse(stdout) as { outcome: string; run: { id: string } };
  expect(report.outcome).toBe('passed');
  const html = readFileSync(path.join(folder, 'runs', report.run.id, 'report.html'), 'utf8');
  expect(html).toContain('<!doctype html>');
});
