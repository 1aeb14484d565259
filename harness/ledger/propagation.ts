/** How each declared change travelled: commit, API object, every proxy, clients. */
import type { PropagationReport } from '../../reports/model/ledger-report.ts';
import type { ApiStep, LedgerEvidence, ProxyTrack } from './evidence.ts';
import { meshHeld, orderedHeld } from './evidence.ts';
import { type Held, sameHeld, shareOf } from './layer-steps.ts';
import { locateChange } from './observed-timeline.ts';

/** Nothing is older than this before a change, so that the old share is on record. */
const BEFORE_MS = 60_000;

export function propagations(evidence: LedgerEvidence): readonly PropagationReport[] {
  const { api, fromMs, toMs, git, proxies, streams, subset } = evidence;
  return api.flatMap((step, index) => {
    const [from, to] = [shareOf(meshHeld(api[index - 1]), subset), shareOf(meshHeld(step), subset)];
    if (step.atMs < fromMs || step.atMs > toMs || from === undefined || to === undefined || from === to) return [];
    const nextMs = api[index + 1]?.atMs ?? toMs + 1;
    const previousMs = Math.max(api[index - 1]?.atMs ?? 0, step.atMs - BEFORE_MS);
    const commit = git.findLast((one) => one.atMs <= step.atMs && sameHeld(one.held, step.held));
    const acknowledged = proxies.flatMap((track) => acknowledgement(track, orderedHeld(track, step), step, nextMs));
    const times = acknowledged.flatMap(({ acknowledgedAtMs }) => acknowledgedAtMs ?? []);
    // who acknowledged it before our own watch told of it proves that it was written by then
    const declaredAtMs = Math.min(step.atMs, ...times);
    return [
      {
        ...{ fromShare: from, toShare: to, declaredAtMs },
        ...(commit === undefined || commit.atMs < previousMs - BEFORE_MS ? {} : { gitAtMs: commit.atMs }),
        proxies: acknowledged.map((one) => withLag(one, declaredAtMs)),
        observed: [...locateChange(streams, from, to, previousMs, nextMs, declaredAtMs)],
        ...(times.length > 1 ? { skewMs: Math.max(...times) - Math.min(...times) } : {}),
      },
    ];
  });
}

/** The proxy's first state with the new weights, before the next change was ordered. Proxies that never split, or are not told to, are left out. */
function acknowledgement(track: ProxyTrack, held: Held, step: ApiStep, nextMs: number): PropagationReport['proxies'] {
  const { proxy, steps } = track;
  if (held === undefined || steps.every((one) => one.held === undefined)) return [];
  const earliest = step.sinceMs ?? step.atMs;
  // the watch of the API may tell us later than istiod's
  const took = steps.find(
    (one) => one.atMs > earliest - WATCH_SLACK_MS && one.atMs < nextMs && sameHeld(one.held, held),
  );
  if (!took) return [{ proxy }];
  return [{ proxy, acknowledgedAtMs: took.atMs }];
}

function withLag(one: PropagationReport['proxies'][number], declaredAtMs: number): typeof one {
  const { acknowledgedAtMs } = one;
  return acknowledgedAtMs === undefined ? one : { ...one, lagMs: acknowledgedAtMs - declaredAtMs };
}

const WATCH_SLACK_MS = 2_000;
