/** Claim kind `prometheus-agrees`: the mesh's counters and the clients saw the same split of the same requests. */
import type { BooksReport } from '../../../reports/model/run-report.ts';
import { total, type VersionCounts } from '../../evidence/mesh-counters.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import { combineOutcomes, onEvidence } from '../../verdict/combine.ts';
import { ASSURANCE } from '../../verdict/split-expectation.ts';
import { judgeTwoWitnesses, type TwoWitnessVerdict } from '../../verdict/two-witness.ts';
import type { PrometheusAgreesClaim } from './declaration.ts';

const ALPHA = 1e-6;
/**
 * Of the margin of the split: a split passes where hardly more than the margin of its requests had no signed answer, and
 * as much again is room for those in flight.
 */
const WIDEST_BAND = 2;

const tally = (counts: VersionCounts) => [...counts].map(([arm, count]) => ({ arm, count }));

interface Compared {
  readonly path: 'ingress' | 'mesh' | 'direct';
  readonly books: BooksReport;
  readonly verdict: TwoWitnessVerdict;
}

/** What a client counted is no witness where its own books are bad. */
const saidOf = ({ path, books: { outcome, problems }, verdict }: Compared): string =>
  `${path}: ${outcome === 'invalid' ? `The evidence of the ${path} load is bad: ${problems.join('; ')}. ` : ''}${verdict.sentence}`;

export async function judgePrometheus(claim: PrometheusAgreesClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const phases = scene.phases.filter((phase) => phase.claimId === claim.split.id);
  const verdicts = phases.map(
    ({ path, result, meshCounts, retried }): Compared => ({
      path,
      books: result.books,
      verdict: judgeTwoWitnesses({
        witness: 'Prometheus',
        client: result.books.answeredByArm,
        witnessed: tally(meshCounts?.byVersion ?? new Map()),
        // a receiver counts every attempt, a sender one request
        ...(meshCounts?.reporter === 'destination' ? { retried: tally(retried) } : {}),
        // in flight at the stop, and errors, may be in one book only; raw counters have no window and no extrapolation
        inFlight: result.books.interrupted + result.books.errors + result.books.unattributed,
        boundary: 0,
        extrapolationSpread: 0,
        alpha: ALPHA,
        widest: WIDEST_BAND * ASSURANCE[scene.assurance].margin,
      }),
    }),
  );
  for (const { result, meshCounts } of phases) {
    if (!meshCounts) continue;
    const count = total(meshCounts.byVersion);
    result.books.witnesses.push({
      name: `Prometheus, istio_requests_total{reporter="${meshCounts.reporter}"}`,
      count,
      difference: count - result.books.sent,
      explanation:
        count === result.books.sent ? 'equal' : 'requests in flight when the load stopped, retries, or other callers',
    });
  }
  const outcome = combineOutcomes(verdicts.map(({ verdict, books }) => onEvidence(verdict.outcome, books.outcome)));
  return {
    claim: {
      id: claim.id,
      title: claim.title,
      outcome,
      sentence:
        verdicts.length === 0
          ? `No traffic of ${claim.split.id} was recorded to compare with.`
          : verdicts.map(saidOf).join(' '),
      details: verdicts.flatMap(({ path, verdict }) => [
        ...verdict.arms.map((arm) => ({
          label: `${path} ${arm.arm}`,
          value: `client ${(arm.clientShare * 100).toFixed(2)} %, Prometheus ${(arm.witnessShare * 100).toFixed(2)} %, band ±${(arm.band * 100).toFixed(2)} points`,
        })),
        ...(verdict.bookkeeping === undefined
          ? []
          : [{ label: `${path}, what two honest counts may differ by`, value: verdict.bookkeeping }]),
        ...verdict.notes.map((note) => ({ label: `${path} note`, value: note })),
      ]),
      durationMs: scene.now() - startedAt,
    },
  };
}
