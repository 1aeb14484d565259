import { describe, expect, test } from 'vitest';
import { EXIT } from '../../../errors/harness-error.ts';
import { createFakeServices, sampleBisectReport } from '../../../testkit/fakes/fake-services.ts';
import { createFakeWorld } from '../../../testkit/fakes/fake-world.ts';
import type { BisectProduct } from '../../cluster-requests.ts';
import { run } from '../../run.ts';
import { stepCommand } from './bisect.ts';

const ASKED = ['bisect', 'gridos', '--vary', 'argo-rollouts=1.7.2..1.9.2', '--claim', 'canary-steps'];
const JOURNAL = '/nowhere/runs/bisect.json';

async function runWith(argv: readonly string[], report = sampleBisectReport()) {
  const services = createFakeServices({
    bisect: async (request): Promise<BisectProduct> => {
      services.calls.push({ verb: 'bisect', request });
      return { report, journal: JOURNAL };
    },
  });
  const world = createFakeWorld();
  const exitCode = await run(world, argv, services);
  return { exitCode, stdout: world.stdoutText(), stderr: world.stderrText(), calls: services.calls };
}

describe('what it asks for', () => {
  test.each([
    ['argo-rollouts=1.7.2..1.9.2', { component: 'argo-rollouts', range: { good: '1.7.2', bad: '1.9.2' } }],
    ['argo-rollouts=v1.7.2, v1.9.0', { component: 'argo-rollouts', range: { list: ['1.7.2', '1.9.0'] } }],
  ])('--vary %s', async (vary, over) => {
    const { calls } = await runWith(['bisect', 'gridos', '--vary', vary, '--claim', 'canary-steps', '--rate', '50']);
    expect(calls).toMatchObject([
      {
        request: { claim: 'canary-steps', over, conform: { profile: 'gridos', ratePerSecond: 50, cleanup: 'always' } },
      },
    ]);
  });

  test('--commits', async () => {
    const { calls } = await runWith(['bisect', '.', '--commits', 'v1.0..HEAD', '--claim', 'shop/split']);
    expect(calls).toMatchObject([{ request: { over: { commits: { good: 'v1.0', bad: 'HEAD' } } } }]);
  });

  test('a step reproduces itself', () => {
    expect(stepCommand(['canaryproof', ...ASKED, '--commits=a..b', '--rate', '50'])).toEqual(
      'canaryproof conform gridos --claim canary-steps --rate 50'.split(' '),
    );
  });

  test.each([
    [['bisect', 'gridos', '--claim', 'a'], 'BISECT_WHAT'],
    [[...ASKED, '--commits', 'a..b'], 'USAGE_CONFLICTING_OPTION'],
    [ASKED.slice(0, 4), 'BISECT_ONE_CLAIM'],
    [[...ASKED, '--claim', 'another'], 'BISECT_ONE_CLAIM'],
    [['bisect', 'gridos', '--vary', 'argo-rollouts=1.7.2', '--claim', 'a'], 'USAGE_INVALID_ARGUMENT'],
    [['bisect', 'gridos', '--vary', 'argo-rollouts=1.7.2..', '--claim', 'a'], 'USAGE_INVALID_ARGUMENT'],
    [['bisect', 'gridos', '--vary', 'argo-rollouts=1.7.2,1.7.2', '--claim', 'a'], 'USAGE_INVALID_ARGUMENT'],
    [['bisect', 'gridos', '--commits', 'a...b', '--claim', 'a'], 'USAGE_INVALID_ARGUMENT'],
    [['bisect', 'gridos', '--commits', 'HEAD', '--claim', 'a'], 'USAGE_INVALID_ARGUMENT'],
  ])('%j: refused, nothing is called', async (argv, code) => {
    const { exitCode, stderr, calls } = await runWith(argv);
    expect({ exitCode, calls }).toEqual({ exitCode: EXIT.usage, calls: [] });
    expect(stderr).toContain(code);
  });
});

describe('what it says', () => {
  test('the first bad release, every candidate with its report, and how to see the difference', async () => {
    const { exitCode, stdout } = await runWith(ASKED);
    expect(exitCode).toBe(EXIT.passed);
    expect(stdout).toMatchInlineSnapshot(`
      "argo-rollouts 1.9.0 is the first release on which gridos/canary-steps fails; on argo-rollouts 1.8.5, the one before it, it passes.

      release              gridos/canary-steps  report
      argo-rollouts 1.7.2  passed               runs/1.7.2/report.html
      argo-rollouts 1.8.5  passed               runs/1.8.5/report.html
      argo-rollouts 1.9.0  failed               runs/1.9.0/report.html
      argo-rollouts 1.9.2  failed               runs/1.9.2/report.html

      argo-rollouts 1.7.2: passed: it passed
      argo-rollouts 1.8.5: passed: it passed
      argo-rollouts 1.9.0: failed: it failed
      argo-rollouts 1.9.2: failed: it failed
      compare them: canaryproof compare runs/1.8.5 runs/1.9.0
      written down: runs/bisect.json
      "
    `);
  });

  test('JSON', async () => {
    const { stdout } = await runWith([...ASKED, '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ report: { end: { firstFailed: 2 }, flips: [] }, journal: JOURNAL });
  });

  test.each([
    [{ kind: 'good-fails', index: 0 } as const, EXIT.failed],
    [{ kind: 'bad-passes', index: 3 } as const, EXIT.failed],
    [{ kind: 'end-undecided', index: 3 } as const, EXIT.inconclusive],
    [{ kind: 'narrowed', lastPassed: 0, firstFailed: 2, undecided: [1] } as const, EXIT.inconclusive],
  ])('%j: exit %i', async (end, exitCode) => {
    expect((await runWith(ASKED, sampleBisectReport({ end }))).exitCode).toBe(exitCode);
  });
});
