/**
 * Every request that was not answered well, from both ends: what the client saw and what the gateway wrote down. What one
 * side counted and the other did not gets a row of its own, so that nothing is explained away. Pure.
 */
import type { ErrorLedgerReport } from '../../reports/model/rollout-report.ts';
import type { DeclaredRollout } from '../rollouts/rollout-object.ts';
import type { RolloutStream } from '../traffic/recorded-stream.ts';
import type { GatewayError } from './gateway-log.ts';

export interface MovingStretch {
  readonly phase: string;
  /** Unix milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
}

export interface LedgerQuestion {
  readonly title: string;
  readonly stretches: readonly MovingStretch[];
  /** Name of the subset or Service of the canary in the gateway's clusters. */
  readonly canaryCluster: (cluster: string) => boolean;
  readonly stableVersion: string;
  /** When the load was told to stop: what was in flight then is nobody's loss. */
  readonly stoppedMs: number;
}

type Row = ErrorLedgerReport['rows'][number];

/** https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage, RESPONSE_FLAGS */
const MEANINGS: Readonly<Record<string, string>> = {
  UH: 'no healthy upstream host',
  UF: 'upstream connection failure',
  UO: 'upstream overflow (circuit breaking)',
  NR: 'no route configured',
  NC: 'upstream cluster not found',
  UC: 'upstream connection termination',
  UT: 'upstream request timeout',
  UR: 'upstream remote reset',
  LR: 'local reset',
  URX: 'upstream retry limit exceeded',
  DC: 'downstream connection termination',
  DT: 'duration timeout',
  FI: 'fault injected by the proxy',
  UPE: 'upstream protocol error',
  SI: 'stream idle timeout',
};
/** Whether one of the gateway's clusters is the Rollout's canary: its subset, or its Service. */
export function canaryClusterOf({ subsets, canaryService }: DeclaredRollout): LedgerQuestion['canaryCluster'] {
  const canary = subsets?.canary ?? canaryService ?? 'canary';
  return (cluster) => cluster.includes(`|${canary}|`) || cluster.includes(`|${canary}.`);
}
/** Requests cut off by the end of the load began at most so long before it. */
const CUT_OFF_MS = 10_000;

export function errorLedger(
  stream: RolloutStream,
  gateway: readonly GatewayError[],
  question: LedgerQuestion,
): ErrorLedgerReport {
  const rows = new Map<string, Row>();
  const add = (atMs: number, row: Omit<Row, 'phase' | 'count' | 'firstMs' | 'lastMs'>) => {
    const phase =
      question.stretches.find(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs)?.phase ?? 'before or after';
    const key = JSON.stringify([phase, row.track, row.status, row.flag, row.injected]);
    const known = rows.get(key);
    if (known) {
      rows.set(key, {
        ...known,
        count: known.count + 1,
        firstMs: Math.min(known.firstMs, atMs),
        lastMs: Math.max(known.lastMs, atMs),
      });
    } else rows.set(key, { ...row, phase, count: 1, firstMs: atMs, lastMs: atMs });
  };

  // what the client saw, to be explained by what the gateway wrote
  const seen = new Map<
    string,
    { readonly all: { readonly atMs: number; readonly version: string | null }[]; explained: number }
  >();
  for (const { startMs, status, version, ending } of stream.entries()) {
    if (ending === 'answered') continue;
    const key = `${status}/${ending === 'injected'}`;
    const mine = seen.get(key) ?? { all: [], explained: 0 };
    mine.all.push({ atMs: startMs, version });
    seen.set(key, mine);
  }
  for (const error of gateway) {
    const { atMs, status, flags, details, cluster, named } = error;
    const cutOff = flags.includes('DC') && atMs > question.stoppedMs - CUT_OFF_MS;
    if (cutOff) continue;
    const injected = named && status >= 500 && flags === '';
    // a success with a flag, such as one that needed a retry, is no loss
    if (status > 0 && status < 500 && flags !== 'NR') continue;
    const mine = seen.get(`${status}/${injected}`);
    if (mine) mine.explained += 1;
    add(atMs, {
      track: cluster === '' ? 'unknown' : question.canaryCluster(cluster) ? 'canary' : 'stable',
      status,
      flag: flags || (injected ? 'injected' : 'none'),
      meaning: injected ? 'made on purpose by the workload' : [meaningOf(flags), details].filter(Boolean).join('; '),
      injected,
    });
  }
  for (const [key, { all, explained }] of seen) {
    const [status = '0', wasInjected] = key.split('/');
    for (const { atMs, version } of all.slice(explained))
      add(atMs, {
        track: version === null ? 'unknown' : version === question.stableVersion ? 'stable' : 'canary',
        status: Number(status),
        flag: wasInjected === 'true' ? 'injected' : 'client only',
        meaning:
          wasInjected === 'true'
            ? 'made on purpose by the workload'
            : status === '0'
              ? 'the client got no answer, and the gateway wrote down nothing'
              : 'the client saw it, and the gateway wrote down nothing',
        injected: wasInjected === 'true',
      });
  }
  return {
    title: question.title,
    sent: stream.length,
    budget: 0,
    rows: [...rows.values()].sort((a, b) => a.firstMs - b.firstMs),
  };
}

export function lostIn({ rows }: ErrorLedgerReport): number {
  return rows.filter(({ injected }) => !injected).reduce((sum, { count }) => sum + count, 0);
}

const meaningOf = (flags: string): string =>
  flags
    .split(',')
    .map((flag) => MEANINGS[flag] ?? '')
    .filter(Boolean)
    .join(', ');
