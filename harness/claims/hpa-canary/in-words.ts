/** What the claim says of itself, and of each weight in the details of the report. Pure. */
import type { SplitReport } from '../../../reports/model/run-report.ts';
import { seconds } from '../../documents/figures.ts';
import type { DeclaredAutoscaler } from './autoscaler.ts';
import type { HpaCanaryClaim } from './declaration.ts';
import { saw, trackInWords, type Weighed } from './weigh.ts';
import { at, type Problem } from './weigh-request.ts';

export interface Told {
  readonly claim: HpaCanaryClaim;
  readonly declared: DeclaredAutoscaler;
  /** All that were sent. */
  readonly requests: number;
  readonly weighed: readonly Weighed[];
  readonly problems: readonly Problem[];
  readonly splits: readonly SplitReport[];
}

/** What decides comes first: a headline has room for one sentence. */
const ORDER: readonly Problem['outcome'][] = ['invalid', 'failed', 'inconclusive'];

export function sentenceOf({ claim, declared, requests, weighed, problems, splits }: Told): string {
  const wrong = splits
    .filter(({ outcome }) => outcome !== 'passed')
    .map(({ title, sentence }) => `Clients, ${title}: ${sentence}`);
  const said = problems
    .toSorted((a, b) => ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome))
    .map(({ sentence }) => `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`);
  if (said.length + wrong.length > 0) return [...saturation(claim, weighed, problems), ...said, ...wrong].join(' ');
  const canaries = weighed.flatMap(({ canary, stable }) =>
    canary ? [`${canary.perPod.toFixed(0)} beside ${stable.perPod.toFixed(0)}`] : [],
  );
  const replicas = weighed.map(({ held }) => held.replicas).join(', then ');
  return `At ${claim.ratePerSecond} requests/s no pod was overloaded with a canary at ${claim.weights.join(' and ')} %: each canary pod got ${canaries.join(' and ')} requests/s of each stable pod. The split held; ${replicas} replicas of at most ${declared.most}; none of ${requests} requests was lost.`;
}

/** At which step; where stable alone did not hold the peak, that is no step's fault. */
function saturation({ ratePerSecond }: HpaCanaryClaim, weighed: readonly Weighed[], problems: readonly Problem[]) {
  const first = weighed.find(({ problems: own }) => own.some(({ code }) => code === 'CANARY_PODS_OVERLOADED'));
  const others = ['PEAK_NOT_HELD', 'PEAK_NOT_REACHED'];
  if (!first || problems.some(({ code }) => others.includes(code))) return [];
  return [`Canary pods saturate at ${first.held.weight} % of ${ratePerSecond} requests/s.`];
}

export function detailsOf({ held, stable, canary }: Weighed, declared: DeclaredAutoscaler) {
  const when = at(held);
  return [
    { label: `${when}, stable`, value: trackInWords(stable) },
    ...(canary ? [{ label: `${when}, canary`, value: trackInWords(canary) }] : []),
    {
      label: `${when}, autoscaler`,
      value: `${saw(held, declared)}; held ${seconds(held.judged.toMs - held.beganMs)}`,
    },
  ];
}
