import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { sampleLintReport } from '../../../reports/model/samples/sample-lint-report.ts';
import { createFakeServices, samplePlan } from '../../testkit/fakes/fake-services.ts';
import { createFakeWorld } from '../../testkit/fakes/fake-world.ts';
import { application, commitAll, service, splitRoutes, writeTree } from '../../units/tree-fixture.ts';
import { run } from '../run.ts';

describe('lint', () => {
  test('what is asked for, and the exit codes', async () => {
    const world = createFakeWorld();
    const services = createFakeServices();
    expect(
      await run(
        world,
        ['lint', 'k8s', '--changed-since', 'main', '--baseline', 'b.json', '--fail-on', 'warning', '-q'],
        services,
      ),
    ).toBe(1);
    expect(services.calls).toMatchObject([
      {
        verb: 'lint',
        request: {
          paths: [path.resolve(world.cwd, 'k8s')],
          changedSince: 'main',
          baseline: path.resolve(world.cwd, 'b.json'),
          writeBaseline: undefined,
          failOn: 'warning',
        },
      },
    ]);
    const passed = createFakeServices({ lint: async () => sampleLintReport({ outcome: 'passed' }) });
    expect(await run(createFakeWorld(), ['lint', '-q'], passed)).toBe(0);
    expect(await run(createFakeWorld(), ['lint', '--fail-on', 'nothing'], passed)).toBe(2);
    expect(await run(createFakeWorld(), ['lint', '-o', 'xml'], passed)).toBe(2);
  });
  test('several outputs at once, and the real thing behind them: plain manifests need no program', async () => {
    const root = writeTree({
      'app.yaml': application('shop', 'app'),
      'app/s.yaml': service('reviews'),
      'app/r.yaml': splitRoutes(0, 0),
    });
    commitAll(root);
    const world = createFakeWorld({ cwd: root });
    const file = (name: string) => path.join(root, 'out', name);
    const formats = ['json', 'junit', 'sarif', 'github', 'markdown'];
    const outputs = formats.flatMap((format) => ['-o', `${format}=${file(format)}`]);
    expect(await run(world, ['lint', '-q', '--no-color', '-o', 'human', ...outputs])).toBe(1);
    expect(world.stdoutText()).toContain('ROUTE_WEIGHTS_SUM');
    for (const format of formats) expect(readFileSync(file(format), 'utf8')).toContain('ROUTE_WEIGHTS_SUM');
  });
});

test('plan exits 2 where conform would refuse to start, and its JSON names the place', async () => {
  const finding = {
    code: 'ROUTE_WEIGHTS_SUM',
    layer: 'manifest' as const,
    sentence: 'sum',
    where: 'a.yaml:3:5',
    hint: 'do',
  };
  const planned = (refuses: boolean) =>
    createFakeServices({ plan: async () => samplePlan({ findings: [{ ...finding, severity: 'error', refuses }] }) });
  const world = createFakeWorld();
  expect(await run(world, ['plan', 'shop', '-o', 'json'], planned(true))).toBe(2);
  const { code, sentence, hint } = finding;
  expect(JSON.parse(world.stdoutText()).findings).toEqual([
    { code, severity: 'error', sentence, refuses: true, file: 'a.yaml', line: 3, hint },
  ]);
  // errors of a repository that is only referred to are judged by traffic instead
  expect(await run(createFakeWorld(), ['plan', 'shop'], planned(false))).toBe(0);
});
