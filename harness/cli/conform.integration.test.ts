/**
 * The main job with every real part: Bookinfo through Argo CD into the mesh, judged, reported, removed; and wrong
 * splits that must be caught for the right reason.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRunReport } from '../../reports/model/read-run-report.ts';
import { packageRoot } from '../process/package-root.ts';

let home: string;
const conform = (...args: string[]) =>
  execa(
    process.execPath,
    [
      path.join(packageRoot(), 'harness/cli/main.ts'),
      'conform',
      ...args,
      '--name',
      'conform-test',
      '--run-dir',
      path.join(home, 'runs'),
    ],
    { cwd: home, env: { XDG_STATE_HOME: home, CI: 'true' }, reject: false, all: true },
  );

async function newestReport() {
  const runs = (await readdir(path.join(home, 'runs'))).sort();
  const directory = path.join(home, 'runs', runs.at(-1) ?? '');
  const file = path.join(directory, 'result.json');
  return { directory, report: readRunReport(await readFile(file, 'utf8'), file) };
}

beforeAll(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-conform-'));
});
afterAll(async () => {
  await execa(process.execPath, [path.join(packageRoot(), 'harness/cli/main.ts'), 'down', '--all'], {
    env: { XDG_STATE_HOME: home },
    reject: false,
  });
  await rm(home, { recursive: true, force: true });
});

describe('conform bookinfo', () => {
  test('passes every claim and writes every report', { timeout: 600_000 }, async () => {
    const run = await conform('bookinfo', '--assurance', 'smoke', '--keep');
    expect(run.exitCode, run.all).toBe(0);
    const { directory, report } = await newestReport();
    expect(report.claims.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['bookinfo/application', 'passed'],
      ['bookinfo/sidecars', 'passed'],
      ['bookinfo/split-90-10', 'passed'],
      ['bookinfo/prometheus-agrees', 'passed'],
      ['bookinfo/traffic-by-commit', 'passed'],
      ['bookinfo/recurse-pitfall', 'passed'],
    ]);
    expect(report.splits.filter(({ claimId }) => claimId === 'bookinfo/split-90-10').map(({ path: at }) => at)).toEqual(
      ['ingress', 'mesh'],
    );
    for (const books of report.books) {
      const answered = books.answeredByArm.reduce((sum, { count }) => sum + count, 0);
      expect(answered + books.errors + books.unattributed + books.interrupted).toBe(books.sent);
      // a load that this machine could not keep up with was run once more, and the second is what was judged
      if (books.repeatedAs === undefined) expect(books.outcome).toBe('passed');
    }
    expect(report.components.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['kube-apiserver', 'kubelet', 'pilot-discovery', 'envoy', 'argocd', 'prometheus', 'k6']),
    );
    const files = await readdir(directory);
    expect(files).toEqual(
      expect.arrayContaining(['report.html', 'result.json', 'junit.xml', 'summary.md', 'metrics.prom', 'png']),
    );
  });

  test('faults in turn: one report in which the ledger blames each of the four layers', {
    timeout: 600_000,
  }, async () => {
    const blamed = [
      ['commit-not-applied', 'git', 'GIT_NOT_APPLIED', /Git declares reviews-v1 70, reviews-v3 30/],
      ['split-85-15', 'api', 'API_WEIGHTS_DIFFER', /reviews-v1 85, reviews-v3 15, written by canaryproof/],
      ['routes-refused', 'xds', 'XDS_WEIGHTS_DIFFER', /productpage.*refuses RDS/],
      ['wrong-endpoints', 'observed', 'PROXY_ANSWERS_OTHERWISE', /answered by another version/],
    ] as const;
    const faults = blamed.flatMap(([fault]) => ['--fault', fault]);
    const run = await conform('bookinfo', '--assurance', 'smoke', '--keep', ...faults);
    expect(run.exitCode, run.all).toBe(1);
    const { report } = await newestReport();
    const idOf = (fault: string) => `bookinfo/split-90-10 under fault ${fault}`;
    expect(report.claims.map(({ id, outcome }) => [id, outcome])).toEqual(
      blamed.map(([fault]) => [idOf(fault), 'failed']),
    );
    expect(report.ledgers.map(({ claimId }) => claimId)).toEqual(blamed.map(([fault]) => idOf(fault)));
    for (const [fault, layer, code, sentence] of blamed) {
      const own = report.findings.filter(({ claimIds }) => claimIds?.includes(idOf(fault)));
      // no other layer is blamed for it
      const ledger = report.ledgers.find(({ claimId }) => claimId === idOf(fault));
      const told = JSON.stringify({ own, entries: ledger?.entries, segments: ledger?.segments }, null, 1);
      expect([...new Set(own.map((finding) => finding.layer))], told).toEqual([layer]);
      const finding = own.find((one) => one.code === code);
      expect(finding?.sentence).toMatch(sentence);
      expect(finding).toMatchObject({
        object: expect.any(String),
        field: expect.any(String),
        atMs: expect.any(Number),
      });
    }
    const judged = report.books.filter(({ repeatedAs }) => repeatedAs === undefined);
    expect(judged.map(({ outcome, problems }) => [outcome, problems])).toEqual(judged.map(() => ['passed', []]));
  });

  // on the cluster that the runs above kept: each fault is made behind Git's back and must be named with its layer
  test.each([
    ['split-80-20', 'api', 'API_WEIGHTS_DIFFER', /reviews-v1 80, reviews-v3 20/],
    ['split-100-0', 'api', 'API_WEIGHTS_DIFFER', /reviews-v1 100, reviews-v3 0/],
    ['pod-count', 'api', 'API_GATEWAY_MESH_MISSING', /not to mesh/],
    ['routes-refused', 'xds', 'XDS_WEIGHTS_DIFFER', /productpage.*refuses RDS/],
  ])('fault %s is the %s layer: %s', { timeout: 600_000 }, async (fault, layer, code, sentence) => {
    const run = await conform('bookinfo', '--fault', fault, '--keep');
    expect(run.exitCode, run.all).toBe(1);
    const { report } = await newestReport();
    const split = report.claims.find(({ id }) => id === 'bookinfo/split-90-10');
    expect(split?.outcome).toBe('failed');
    const blamed = report.findings.find((finding) => finding.code === code);
    expect(blamed?.sentence).toMatch(sentence);
    expect(blamed?.layer).toBe(layer);
  });
});
