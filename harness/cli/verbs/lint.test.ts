import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { sampleLintReport } from '../../../reports/model/samples/sample-lint-report.ts';
import { createFakeServices } from '../../testkit/fakes/fake-services.ts';
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
      'app/r.yaml': splitRoutes(90, 5),
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
  const findings = [
    {
      code: 'ROUTE_WEIGHTS_SUM',
      severity: 'error' as const,
      refuses: true,
      sentence: 'sum',
      file: 'a.yaml',
      line: 3,
      hint: 'do',
    },
  ];
  const plan = { title: 'plan', sections: [] };
  const world = createFakeWorld();
  expect(
    await run(world, ['plan', 'shop', '-o', 'json'], createFakeServices({ plan: async () => ({ ...plan, findings }) })),
  ).toBe(2);
  expect(JSON.parse(world.stdoutText()).findings).toEqual(findings);
  const calm = createFakeServices({
    plan: async () => ({ ...plan, findings: [{ ...findings[0]!, severity: 'error', refuses: false }] }),
  });
  expect(await run(createFakeWorld(), ['plan', 'shop'], calm)).toBe(0);
});
