/** From a cluster with nothing of the profile on it to a result for every claim. */

import { findingOf } from '../../reports/model/finding-of.ts';
import type { FindingReport } from '../../reports/model/run-report.ts';
import { splitsOf } from '../claims/declarations.ts';
import { judgeClaims, undelivered, unjudged } from '../claims/judge-in-order.ts';
import { deployProfile } from '../delivery/deploy-profile.ts';
import { openEnvironment } from '../delivery/environment.ts';
import { DELIVERY_REFUSED } from '../delivery/refused-delivery.ts';
import { watchScene } from '../delivery/watch-scene.ts';
import { HarnessError } from '../errors/harness-error.ts';
import { applyFault, withdrawFaults } from '../faults/apply-fault.ts';
import type { Fault } from '../profile/faults.ts';
import type { RunDirectory } from '../run-directory/run-directory.ts';
import type { ClaimResult } from '../scene/claim-result.ts';
import type { Scene } from '../scene/scene.ts';
import type { ShareSeries } from '../traffic/share-bins.ts';
import { whyCutShort } from '../verdict/cut-short.ts';
import { judgeUnderFaults, type TourStop } from './fault-tour.ts';
import { nameAnswerers } from './name-answerers.ts';
import { ingressAnswers } from './open-scene.ts';
import type { Judge } from './ports.ts';
import { witnessOfPhases } from './witness-series.ts';

export interface Judged {
  /** One for each claim, or for each stop of a tour; those that the run did not reach say so. */
  readonly results: readonly ClaimResult[];
  /** The second witness over time. */
  readonly witness: readonly ShareSeries[];
  /** Of the environment's health. */
  readonly findings: readonly FindingReport[];
}

/** @throws whatever deployment and watches throw, unless the run was over by then */
export async function judgeScene(
  scene: Scene,
  { directory, startedAt }: { readonly directory: RunDirectory; readonly startedAt: number },
  {
    faults,
    stops,
    judge = judgeClaims,
  }: {
    readonly faults: readonly Fault[];
    readonly stops: readonly TourStop[] | undefined;
    readonly judge: Judge | undefined;
  },
): Promise<Judged> {
  const { profile, signal } = scene;
  const watching = new AbortController();
  const watches = watchScene(scene, directory, AbortSignal.any([watching.signal, signal]));
  // awaited at the end, where its error surfaces; without a handler until then it would end the whole process
  watches.catch(() => undefined);
  const results: ClaimResult[] = [];
  const witness: ShareSeries[] = [];
  const findings: FindingReport[] = [];
  const health = directory.createLines('environment.jsonl.gz');
  try {
    await withdrawFaults(scene);
    try {
      await deployProfile(scene, scene.source.repository.commits.at(-1)?.sha ?? '');
      await ingressAnswers(scene);
    } catch (error) {
      if (!(error instanceof HarnessError) || error.code !== DELIVERY_REFUSED) throw error;
      results.push(...(stops?.map(({ name }) => name) ?? profile.claims).map((claim) => undelivered(claim, error)));
      return { results, witness, findings: [findingOf(error, 'manifest')] };
    }
    await using named = await nameAnswerers(scene);
    await using environment = await openEnvironment(scene, (sample) => health.write(sample));
    const watched = { ...scene, load: named.load, ...(environment.health ? { environment: environment.health } : {}) };
    const [fault] = faults;
    await using _kept = fault && !stops ? await applyFault(fault, watched) : undefined;
    try {
      results.push(...(await (stops ? judgeUnderFaults(stops, watched) : judge(watched))));
    } finally {
      findings.push(...environment.findings());
    }
    witness.push(...(await witnessOfPhases(scene, splitsOf(profile.claims)[0], startedAt)));
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    watching.abort();
    await watches;
  }
  for (const claim of (stops?.map(({ name }) => name) ?? profile.claims).slice(results.length))
    results.push(unjudged(claim, whyCutShort(signal) ?? 'the run was interrupted'));
  return { results, witness, findings };
}
