/** Claim kind `load-test`: the k6 Job of the repository sends what it declares, and fails when clients are served badly. */
import { z } from 'zod';
import { durationText, durationToMs } from '../../documents/budgets.ts';
import { receiverPods } from '../../documents/claim-atoms.ts';
import { claimBase, insidePath, text, trafficPath } from '../../documents/document-atoms.ts';
import { claimKind, type PlanLine } from '../claim-kind.ts';
import { lintLoadTest } from './lint.ts';
import type { LoadTestClaim } from './load-test-claim.ts';

export const loadTest = claimKind({
  kind: 'load-test',
  summary: 'a k6 Job in Git sends the load that it declares, counts what the receivers count, and fails when they do',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('load-test'),
    job: insidePath.describe(
      'file in Git that holds the Job; it is applied with the ConfigMaps of its folder that it mounts, and removed',
    ),
    service: text.describe('service in the chain of hops that the Job asks'),
    receiver: receiverPods.describe(
      'pods of the stand-in behind it: they count what reaches them, and fail all of it while the Job runs once more',
    ),
    path: trafficPath.describe("where the Job's requests come in; the run waits until it answers"),
    endsWithin: durationText.default('5m').describe('from applying the Job to its end'),
  }),
  resolve: ({ path, receiver, endsWithin, ...claim }, { home, pathOf }): LoadTestClaim => ({
    ...claim,
    namespace: home,
    path: pathOf(path),
    receiver: { ...receiver, namespace: receiver.namespace ?? home },
    endsWithinMs: durationToMs(endsWithin)!,
  }),
  lint: (claim: LoadTestClaim, context) => lintLoadTest(claim, context),
  plan: ({ id, job, service }: LoadTestClaim): readonly PlanLine[] => [
    {
      section: 'Load',
      line: `${id}: the Job of ${job} as it declares it, and once more while every answer of ${service} is an error`,
    },
  ],
  paths: ({ path }) => [path],
});
