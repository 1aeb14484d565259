/**
 * Claim kind `retries`: the receiver is told to fail every request, and counts. Each request of a client must arrive once
 * and as often again as declared, whoever tries again: the proxy, the gateway before it, or the application itself. Layers
 * multiply, which is how a retry storm begins. While the receiver does not fail, each request must arrive once.
 */
import type { FindingReport } from '../../../reports/model/run-report.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import { type CountedLoad, countedLoad } from '../../stage/counted-load.ts';
import { openReceivers, type Receivers } from '../../stage/receivers.ts';
import { combineOutcomes, onEvidence } from '../../verdict/combine.ts';
import type { RetriesClaim } from './declaration.ts';
import { type Arrivals, judgeArrivals } from './judge-arrivals.ts';

interface Phase extends Arrivals {
  readonly name: 'failing' | 'sound';
  readonly declared: number;
  readonly books: CountedLoad['books'];
}

/** @throws HarnessError RECEIVER_MISSING, RECEIVER_CHANGED (exit 3); the reason of the scene's signal */
export async function judgeRetries(claim: RetriesClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  await using receivers = await openReceivers(claim.receiver, scene);
  const failing = await phase('failing', claim, receivers, scene);
  const sound = await phase('sound', claim, receivers, scene);
  const phases = [failing, sound];
  return {
    claim: {
      ...{ id: claim.id, title: claim.title },
      outcome: combineOutcomes(phases.map(({ verdict, books }) => onEvidence(verdict, books.outcome))),
      sentence: phases.map((one) => sentenceOf(claim, one)).join(' '),
      details: phases.map(({ name, arrived, least, most }) => ({
        label: name === 'failing' ? `arrived while ${claim.service} failed` : 'arrived while it did not',
        value: `${arrived}, expected ${least === most ? least : `${least} to ${most}`}`,
      })),
      durationMs: scene.now() - startedAt,
    },
    books: phases.map(({ books }) => books),
    findings: phases.flatMap((one) => (one.verdict === 'failed' ? [finding(claim, one)] : [])),
  };
}

async function phase(name: Phase['name'], claim: RetriesClaim, receivers: Receivers, scene: Scene): Promise<Phase> {
  const { path, service, requests, failWith } = claim;
  await receivers.behave(name === 'failing' ? { errorShare: 1, errorStatus: failWith } : {});
  const load = await countedLoad(
    {
      id: `${claim.id.replaceAll('/', '-')}-${name}`,
      title: `${claim.title}; ${service} ${name === 'failing' ? 'fails' : 'does not fail'}`,
      ...{ path, service, requests },
    },
    scene,
  );
  const { requests: arrived } = await receivers.counts();
  const declared = name === 'failing' ? 1 + claim.attempts : 1;
  return { name, declared, books: load.books, ...judgeArrivals({ ...load, arrived, requests, declared }) };
}

function sentenceOf(claim: RetriesClaim, phase: Phase): string {
  const { name, verdict, clients, unanswered, arrived, declared, each } = phase;
  const when = name === 'failing' ? `while ${claim.service} failed` : 'while it did not';
  const seen = `${clients} requests${unanswered > 0 ? ` (${unanswered} of them got no answer)` : ''} reached ${claim.service} ${arrived} times ${when}`;
  if (verdict === 'passed') return `${seen}: ${times(declared)} each, as declared.`;
  if (verdict === 'inconclusive') return `Only ${seen}; ${claim.requests} answers were asked for.`;
  const kind = arrived > clients * declared && name === 'failing' ? 'A retry storm: ' : '';
  return `${kind}${seen}: ${each.toFixed(2)} times each instead of ${declared}.`;
}

const times = (count: number) => (count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`);

function finding(claim: RetriesClaim, phase: Phase): FindingReport {
  const isMore = phase.arrived > phase.most;
  return {
    code: isMore ? 'RETRIES_TOO_MANY' : 'RETRIES_TOO_FEW',
    ...{ layer: 'observed', severity: 'error' },
    sentence: sentenceOf(claim, phase),
    where: claim.id,
    hint: isMore
      ? 'Another layer tries again as well (the gateway, whose routes have retries by default, a caller, the application), and layers multiply: let one of them retry.'
      : 'The route that requests take has other retries, or retryOn does not cover that status, or a timeout ends them before.',
  };
}
