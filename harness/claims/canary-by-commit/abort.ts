/**
 * The abort: the canary's program is told to fail, its clients see the objective broken, and a commit takes its weight
 * away, as an automation would that watches them. What is judged is the way back: by commit, sync and proxies, until the
 * canary has answered for the last time.
 */
import type { DeclaredArm } from '../../lint/routes/declared-split.ts';
import { withWeightsCommit } from '../../profile/edit-values.ts';
import type { Scene } from '../../scene/scene.ts';
import { openReceivers } from '../../stage/receivers.ts';
import { alarmThreshold, createCumulativeSum } from '../../stats/cumulative-sum.ts';
import { type Abort, type CanaryByCommitClaim, commitOf } from './declaration.ts';
import type { RunningClients, Versions } from './running-clients.ts';
import { type Stage, walkStage } from './stages.ts';

/** The objective is called broken without being so. */
const FALSE_ALARM = 1e-6;
/** Of the canary while the objective is watched, for the bound of that. */
const MOST_ANSWERS = 100_000;
const POLL_MS = 50;

export interface Aborted {
  /** Unix milliseconds: the canary was told to fail. */
  readonly faultMs: number;
  /** Clients saw the objective broken; undefined: they never did, and nothing was committed. */
  readonly brokenMs: number | undefined;
  /** The commit that took the weight away. */
  readonly stage: Stage | undefined;
}

/** @throws HarnessError RECEIVER_MISSING, BEHAVIOUR_REFUSED (exit 3); those of walkStage */
export async function abortCanary(
  claim: CanaryByCommitClaim & { readonly abort: Abort },
  canary: DeclaredArm,
  { clients, versions }: { readonly clients: RunningClients; readonly versions: Versions },
  scene: Scene,
): Promise<Aborted> {
  const { abort } = claim;
  const { namespace } = claim.split.virtualService;
  const service = await scene.client.get({ apiVersion: 'v1', resource: 'services', namespace }, claim.split.service);
  const { selector = {} } = (service?.spec ?? {}) as { selector?: Readonly<Record<string, string>> };
  await using receivers = await openReceivers({ namespace, labels: { ...selector, ...canary.labels } }, scene);
  const fail = () => receivers.behave({ errorShare: abort.errorShare });
  const { faultMs, brokenMs } = await untilBroken(abort, { clients, fail }, scene);
  if (brokenMs === undefined) return { faultMs, brokenMs, stage: undefined };
  const files = withWeightsCommit(scene.source.files, commitOf(claim, 0));
  const name = `the abort, ${claim.canary} 0 %`;
  const asked = { key: 'aborted', name, message: `Abort: ${claim.canary} 0 %`, percent: 0, files };
  const stage = await walkStage(claim, asked, { clients, versions }, scene);
  return { faultMs, brokenMs, stage };
}

/** A CUSUM over the canary's answers, from what the objective allows to what the program was told. */
async function untilBroken(
  { objective, errorShare }: Abort,
  { clients, fail }: { readonly clients: RunningClients; readonly fail: () => Promise<void> },
  scene: Scene,
): Promise<Pick<Aborted, 'faultMs' | 'brokenMs'>> {
  const limitMs = scene.profile.budgets.commitObservedMs;
  const cusum = createCumulativeSum(objective, errorShare, alarmThreshold(MOST_ANSWERS, FALSE_ALARM));
  clients.onCanary((isError) => cusum.observe(isError));
  const faultMs = scene.now();
  await fail();
  const deadline = scene.now() + limitMs;
  while (!cusum.alarmed && scene.now() < deadline) await scene.pause(POLL_MS);
  return { faultMs, brokenMs: cusum.alarmed ? scene.now() : undefined };
}
