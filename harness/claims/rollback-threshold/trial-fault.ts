/** The faults of a trial: those that the new version is born with, and those that are switched on and off again. */
import { scrapedTargets } from '../../evidence/query-probe.ts';
import { rolloutStatus } from '../../rollouts/rollout-object.ts';
import { subjectKeeps } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import { changeBehaviour } from '../../stage/inject-behaviour.ts';
import type { Stage } from '../../stage/stage.ts';
import type { Trial } from './declaration.ts';
import type { RollbackPolicy } from './rollback-policy.ts';
import type { InjectedLevel } from './threshold-margin.ts';

/** The fault of a hold begins when there is something to measure. */
const HOLD_AFTER_MS = 2_000;
/** Entering a pod and starting a program there, on a busy machine. */
const ENTER_POD_MS = 4_000;
/** A scrape itself takes this long at most, as a rule. */
const AFTER_SCRAPE_MS = 300;

/** Of a new version from its first request on; undefined: it errs later, or never. */
export function behaviourOf(
  { claim }: RollbackPolicy,
  { fault }: Trial,
  level: InjectedLevel | undefined,
): object | undefined {
  if (fault.kind === 'latency') return { latencyMs: fault.ms };
  if (!level) return undefined;
  return faultOf(claim.limit, level.ratio);
}

function faultOf(limit: RollbackPolicy['claim']['limit'], share: string | number): Readonly<Record<string, unknown>> {
  return limit.kind === 'error-share' ? { errorShare: share } : { latencyShare: share, latencyMs: limit.slowMs };
}

/** Switches the fault on when the analysis has begun, and off again after its time. */
export async function holdFault(stage: Stage, policy: RollbackPolicy, trial: Trial, scene: Scene) {
  const { watch, namespace } = stage;
  await watch.until(
    (seen) => seen.runs.size > 0,
    subjectKeeps({
      what: `${namespace}: the analysis to begin`,
      timeoutMs: scene.profile.budgets.rolloutEndsMs,
      needsPodsOf: namespace,
    }),
  );
  const hash = rolloutStatus(watch.rollout).currentHash ?? '';
  const { fault } = trial;
  const change = faultOf(policy.claim.limit, fault.kind === 'hold' ? fault.share : 1);
  const forMs = fault.kind === 'hold' || fault.kind === 'burst' ? fault.forMs : 0;
  const atMs = fault.kind === 'burst' ? await afterScrape(namespace, hash, policy, scene) : scene.now() + HOLD_AFTER_MS;
  const [pod] = await changeBehaviour(scene, namespace, hash, change, { atMs, forMs });
  const onMs = pod?.atMs ?? atMs;
  return { onMs, offMs: pod?.offMs ?? onMs + forMs };
}

/** When the canary's proxy will just have been scraped, so that a short burst lies between two scrapes. */
async function afterScrape(namespace: string, hash: string, policy: RollbackPolicy, scene: Scene): Promise<number> {
  const { prometheusUrl } = scene.cluster;
  const earliest = scene.now() + ENTER_POD_MS;
  if (prometheusUrl === undefined) return earliest;
  const targets = await scrapedTargets(prometheusUrl, scene.signal);
  const target = targets.find(({ labels }) => {
    const text = Object.values(labels).join(' ');
    return text.includes(namespace) && text.includes(hash);
  });
  if (!target) return earliest;
  const cycles = Math.ceil((earliest - target.lastScrapeMs) / policy.scrapeIntervalMs);
  return target.lastScrapeMs + cycles * policy.scrapeIntervalMs + AFTER_SCRAPE_MS;
}
