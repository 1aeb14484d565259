/**
 * One line of a history: one claim in one run. Lines stand for themselves, so files of them may be merged, split and
 * concatenated in any order. Times are Unix milliseconds, shares are 0 to 1.
 */
import { z } from 'zod';
import { outcomeSchema, type RunReport } from '../run-report.ts';
import { canaryArm } from '../split-reading.ts';

export const HISTORY_SCHEMA_VERSION = '1';

const share = z.number().min(0).max(1);

export const historyLineSchema = z.strictObject({
  schemaVersion: z.literal(HISTORY_SCHEMA_VERSION),
  run: z.strictObject({
    id: z.string().min(1),
    kind: z.enum(['conform', 'assert-split', 'capacity']),
    startedAt: z.number(),
    finishedAt: z.number(),
    outcome: outcomeSchema,
    interrupted: z.boolean(),
    claims: z.int().min(1).describe('how many lines this run has; fewer were cut off'),
    revision: z.string().optional().describe('commit of the repository that was proved'),
  }),
  subject: z.strictObject({ name: z.string(), provider: z.string(), hash: z.string() }),
  components: z.record(z.string(), z.string()).describe('version of each component by name'),
  claim: z.strictObject({
    id: z.string(),
    title: z.string(),
    outcome: outcomeSchema,
    sentence: z.string(),
    durationMs: z.number(),
    shares: z.array(
      z.strictObject({
        split: z.string(),
        title: z.string(),
        arm: z.string(),
        declared: share,
        estimate: share,
        low: share,
        high: share,
        margin: z.number().min(0),
        n: z.int().min(1),
      }),
    ),
    lagMs: z.number().optional().describe('longest time from the write of an object to the last acknowledging proxy'),
    lostRequests: z.int().min(0).optional(),
  }),
});

export type HistoryLine = z.infer<typeof historyLineSchema>;
export type HistoryShare = HistoryLine['claim']['shares'][number];

/**
 * The lines of a finished run, in the order of its claims; none for a run that judged nothing.
 * @param revision commit of the user's repository; the report's own goes before it
 */
export function historyLinesOf(report: RunReport, revision: string | undefined): readonly HistoryLine[] {
  const commit = report.run.gitRevision ?? revision;
  const { id, kind, startedAt, finishedAt, interrupted } = report.run;
  return report.claims.map((claim) => {
    const lagMs = lagOf(report, claim.id);
    const lostRequests = lostOf(report, claim.id);
    return {
      schemaVersion: HISTORY_SCHEMA_VERSION,
      run: {
        id,
        kind,
        startedAt,
        finishedAt,
        outcome: report.outcome,
        interrupted,
        claims: report.claims.length,
        ...(commit === undefined ? {} : { revision: commit }),
      },
      subject: { name: report.subject.name, provider: report.subject.provider, hash: report.subject.hash },
      components: Object.fromEntries(report.components.map(({ name, version }) => [name, version])),
      claim: {
        id: claim.id,
        title: claim.title,
        outcome: claim.outcome,
        sentence: claim.sentence,
        durationMs: claim.durationMs,
        shares: report.splits.filter((split) => split.claimId === claim.id).flatMap(shareOf),
        ...(lagMs === undefined ? {} : { lagMs }),
        ...(lostRequests === undefined ? {} : { lostRequests }),
      },
    };
  });
}

function shareOf(split: RunReport['splits'][number]): HistoryShare[] {
  const arm = canaryArm(split);
  if (arm === undefined || split.samples === 0) return [];
  return [
    {
      split: split.id,
      title: split.title,
      arm: arm.name,
      declared: arm.declaredShare,
      estimate: arm.estimate,
      low: arm.interval.low,
      high: arm.interval.high,
      margin: split.margin,
      n: split.samples,
    },
  ];
}

function lagOf({ ledgers }: RunReport, claimId: string): number | undefined {
  const lags = ledgers
    .filter((ledger) => ledger.claimId === claimId)
    .flatMap(({ changes }) => changes.flatMap(({ proxies }) => proxies.flatMap(({ lagMs }) => lagMs ?? [])));
  return lags.length === 0 ? undefined : Math.max(...lags);
}

/** Of the claim's boundary runs, and of the error ledger that its title names. */
function lostOf({ boundaries, errorLedgers }: RunReport, claimId: string): number | undefined {
  const trials = boundaries.filter((one) => one.claimId === claimId).map(({ lostRequests }) => lostRequests);
  const ledgers = errorLedgers
    .filter(({ title }) => title.endsWith(`(${claimId})`))
    .map(({ rows }) => rows.filter(({ injected }) => !injected).reduce((sum, { count }) => sum + count, 0));
  const all = [...trials, ...ledgers];
  return all.length === 0 ? undefined : all.reduce((sum, lost) => sum + lost, 0);
}
