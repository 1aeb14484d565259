/**
 * Several faults in one run: each is made, the split claims are judged under it, and it is withdrawn, with the cluster
 * back at what Git declares before the next one. One report then shows which layer each of them was blamed on.
 */

import { findingOf } from '../../reports/model/finding-of.ts';
import { splitsOf } from '../claims/declarations.ts';
import { isEnvironmental, orInvalid, unjudged } from '../claims/judge-in-order.ts';
import { judgeTrafficSplit } from '../claims/traffic-split/judge.ts';
import type { ClaimName } from '../claims/traffic-split/path-load.ts';
import type { SplitClaim } from '../documents/references.ts';
import { type HarnessError, usageError } from '../errors/harness-error.ts';
import { applyFault, withdrawFault } from '../faults/apply-fault.ts';
import type { RepositoryFile } from '../profile/collect-repository.ts';
import type { Fault } from '../profile/faults.ts';
import type { Profile } from '../profile/profile.ts';
import type { ClaimResult } from '../scene/claim-result.ts';
import type { Scene } from '../scene/scene.ts';

/** One row of the report. */
export interface TourStop {
  readonly fault: Fault;
  readonly claim: SplitClaim;
  readonly name: ClaimName;
}

/**
 * @returns every split claim under every fault, in the order of the faults
 * @throws HarnessError FAULT_TWICE, FAULT_WITHOUT_SPLIT (exit 2)
 */
export function tourStops(profile: Profile, faults: readonly Fault[]): readonly TourStop[] {
  const twice = faults.find(({ name }, index) => faults.findIndex((fault) => fault.name === name) !== index);
  if (twice)
    throw usageError('FAULT_TWICE', `fault ${twice.name} is named twice`, {
      hint: 'Each fault is made once, in the order of the command line.',
    });
  const claims = splitsOf(profile.claims);
  if (claims.length === 0)
    throw usageError(
      'FAULT_WITHOUT_SPLIT',
      `profile ${profile.name} has no claim about a traffic split among those to judge, and faults in turn are judged by nothing else`,
      { where: profile.file, hint: 'Name one fault only: every claim is judged under it.' },
    );
  return faults.flatMap((fault) =>
    claims.map((claim) => ({
      fault,
      claim,
      name: {
        id: `${claim.id} under fault ${fault.name}`,
        title: `${claim.title}; fault: ${fault.title}`,
        suffix: `, under fault ${fault.name}`,
      },
    })),
  );
}

/**
 * Results in the order of the stops, until the scene's signal aborts; the rest are the caller's to call unjudged. Ends
 * early when the cluster does not come back: under two faults at once nobody could say which one is to blame.
 */
export async function judgeUnderFaults(stops: readonly TourStop[], scene: Scene): Promise<ClaimResult[]> {
  const declared = scene.source.files;
  const results: ClaimResult[] = [];
  try {
    for (const fault of new Set(stops.map((stop) => stop.fault))) {
      // the ledger shows the fault on its way through the layers
      const sinceMs = scene.now();
      const made = applyFault(fault, scene);
      made.catch(() => undefined);
      for (const { claim, name } of stops.filter((stop) => stop.fault === fault)) {
        const result = await orInvalid(name, scene, async () => {
          await made;
          return judgeTrafficSplit(claim, scene, { ...name, sinceMs });
        });
        results.push(result);
        scene.progress.note(`${result.claim.outcome.padEnd(12)} ${name.id}: ${result.claim.sentence}`);
      }
      await (await made.catch(() => undefined))?.[Symbol.asyncDispose]();
      const stuck = await withdrawn(fault, declared, scene);
      if (!stuck) continue;
      const last = results.pop()!;
      results.push({ ...last, findings: [...(last.findings ?? []), findingOf(stuck, 'instrument')] });
      const why = `the cluster did not come back to what Git declares after fault ${fault.name}`;
      return [...results, ...stops.slice(results.length).map(({ name }) => unjudged(name, why))];
    }
  } catch (error) {
    if (!scene.signal.aborted) throw error;
  }
  return results;
}

async function withdrawn(
  fault: Fault,
  declared: readonly RepositoryFile[],
  scene: Scene,
): Promise<HarnessError | undefined> {
  try {
    await withdrawFault(fault, declared, scene);
    return undefined;
  } catch (error) {
    if (scene.signal.aborted || !isEnvironmental(error)) throw error;
    return error;
  }
}
