/** A limit of an analysis as a claim: trials beside it, or, where no side of it is sharp, far from it. Pure. */
import { percent } from '../../documents/figures.ts';
import type { ClaimDraft } from './claim-draft.ts';
import type { RollbackLimit } from './rollback-limits.ts';

export function thresholdClaim(
  { metric, limit, ratePerSecond, shortFaultMs }: RollbackLimit,
  [subject, index]: readonly [number, number],
  id: (name: string) => string,
  target: Readonly<Record<string, unknown>>,
  realPauses: boolean,
): ClaimDraft {
  const short = metric
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    // behind the profile's name it is that of a namespace
    .slice(0, 13)
    .replaceAll(/^-+|-+$/g, '');
  const own = [short || 'metric', ...(subject + index > 0 ? [`${subject}${index}`] : [])].join('-');
  const inWords =
    limit.kind === 'error-share'
      ? `${percent(limit.share, { digits: 4 })} of errors`
      : `${limit.limitMs} ms at ${percent(1 - limit.share, { digits: 4 })}`;
  // a limit that two scrapes decide has no sharp side: healthy and clearly broken canaries are told apart all the same
  const broken = Math.min(0.9, Math.max(0.5, 3 * limit.share));
  const trials =
    ratePerSecond === undefined
      ? [
          { name: `${own}-healthy`, side: 'inside', fault: { kind: 'none' }, expect: 'promoted' },
          {
            name: `${own}-broken`,
            side: 'outside',
            fault: { kind: 'hold', share: broken, for: realPauses ? '3m' : `${shortFaultMs / 1000}s` },
            expect: 'aborted',
          },
        ]
      : [
          { name: `${own}-inside`, side: 'inside', expect: 'promoted' },
          { name: `${own}-outside`, side: 'outside', expect: 'aborted' },
        ];
  return {
    id: id(`rollback-${own}`),
    title:
      ratePerSecond === undefined
        ? `${metric} rolls back a canary with ${percent(broken, { digits: 4 })} of faults, and promotes a healthy one (limit: ${inWords})`
        : `${metric} rolls back just beyond ${inWords}, and not just within`,
    kind: 'rollback-threshold',
    ...target,
    metric,
    limit,
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
    trials,
  };
}
