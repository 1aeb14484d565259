/** Several policies side by side: how often each is wrong, when it decides, whom it reaches, and its operating curve. */

import type { SimulationDocument } from '../simulation-report.ts';
import type { Share, TimeQuantile } from './release-figures.ts';

/** A policy of several; one that cannot be simulated says why. */
export interface ComparedPolicy {
  /** Name of the Rollout, with where it is from when several bear one. */
  readonly policy: string;
  readonly unit: string;
  readonly document: SimulationDocument | null;
  readonly refused: { readonly code: string; readonly why: string } | null;
}

/** Header first. */
export interface ComparedTable {
  readonly id: 'errors' | 'decision' | 'curves' | 'recommended';
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
}

export type SimulatedPolicy = ComparedPolicy & { readonly document: SimulationDocument };

export function simulatedOf(compared: readonly ComparedPolicy[]): readonly SimulatedPolicy[] {
  return compared.filter((one): one is SimulatedPolicy => one.document !== null);
}

/** A limit that one policy breaks is broken; of one that could not be simulated nothing is known. Undefined: no limit. */
export function comparedVerdict(compared: readonly ComparedPolicy[]): SimulationDocument['verdict'] | undefined {
  if (!compared.some(({ document }) => (document?.limits.length ?? 0) > 0)) return undefined;
  const verdicts = compared.map(({ document }) => document?.verdict ?? 'inconclusive');
  return (['failed', 'inconclusive'] as const).find((one) => verdicts.includes(one)) ?? 'passed';
}

export function sideBySideTables(compared: readonly ComparedPolicy[]): readonly ComparedTable[] {
  const simulated = simulatedOf(compared);
  return [
    errorsTable(simulated),
    ...decisionTables(simulated),
    ...curveTables(simulated),
    ...recommendedTables(simulated),
  ];
}

export function refusedLines(compared: readonly ComparedPolicy[]): readonly string[] {
  return compared.flatMap(({ policy, unit, refused }) =>
    refused ? [`not simulated: ${policy} (${unit}): ${refused.code}: ${refused.why}`] : [],
  );
}

/** What was simulated, in one line. */
export function sideBySideLine(compared: readonly ComparedPolicy[]): string {
  const { seed, good, inputs } = compared.find(({ document }) => document)!.document!;
  return `${good.releases} simulated releases of each kind and policy on the same traffic, seed ${seed}: ${figure(inputs.ratePerSecond)} requests/s, ${percent(inputs.stable.errorShare)} errors of a good version, scraped every ${seconds(inputs.scrapeIntervalMs)}; 95 % intervals`;
}

function errorsTable(simulated: readonly SimulatedPolicy[]): ComparedTable {
  return {
    id: 'errors',
    title: 'Good canaries that are stopped, and bad ones that are promoted',
    rows: [
      ['policy', 'good: stopped', ...badNames(simulated).map((name) => `${name}: promoted`)],
      ...simulated.map((one) => [one.policy, ...mistakesOf(one).map(interval)]),
    ],
  };
}

/** Good canaries stopped, then of each bad one those that are promoted, in the order of `badNames`. */
export function mistakesOf({ document: { falseStop, miss, others } }: SimulatedPolicy): readonly Share[] {
  return [falseStop, ...(miss ? [miss, ...others.map((other) => other.miss)] : [])];
}

/** Who is wrong most often about each canary, a sentence each. */
export function worstLines(simulated: readonly SimulatedPolicy[]): readonly string[] {
  const kinds = ['Good canaries are stopped', ...badNames(simulated).map((name) => `Bad ones (${name}) are promoted`)];
  return kinds.map((kind, index) => {
    const all = simulated.flatMap((one) => {
      const share = mistakesOf(one)[index];
      return share ? [{ policy: one.policy, ...share }] : [];
    });
    const most = Math.max(...all.map(({ p }) => p));
    if (most === 0)
      return `${kind} by none of them: in at most ${percent(Math.max(...all.map(({ high }) => high)))} of releases.`;
    const [first, ...others] = all.filter(({ p }) => p === most).map(({ policy }) => policy);
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    return `${kind} most often by ${first}${more}: in ${percent(most)} of releases.`;
  });
}

/** When the first bad canary is stopped, and whom it reaches until then. */
function decisionTables(simulated: readonly SimulatedPolicy[]): readonly ComparedTable[] {
  const [name] = badNames(simulated);
  if (name === undefined) return [];
  const users = simulated.some(({ document }) => document.bad?.users);
  return [
    {
      id: 'decision',
      title: `A bad canary (${name}): when it is stopped, and whom it reaches`,
      rows: [
        [
          ...['policy', 'stopped after, median', '95 %', 'canary requests', 'bad answers'],
          ...(users ? ['users by request', 'sticky'] : []),
          'a good release lasts',
        ],
        ...simulated.map(({ policy, document: { bad, good } }) => [
          policy,
          time(bad?.timeToStop?.q50),
          time(bad?.timeToStop?.q95),
          figure(bad?.canaryRequests ?? 0),
          figure(bad?.badAnswers ?? 0),
          ...(users ? [figure(bad?.users?.byRequest ?? 0), figure(bad?.users?.sticky ?? 0)] : []),
          time(good.duration?.q50),
        ]),
      ],
    },
  ];
}

/** Error shares of the curves that a table has room for: none, the good one, the bad one, and some between and beyond. */
const COLUMNS = 8;

function curveTables(simulated: readonly SimulatedPolicy[]): readonly ComparedTable[] {
  const points = simulated[0]?.document.curves[0]?.points ?? [];
  const { stable, bad } = simulated[0]?.document.inputs ?? {};
  if (points.length === 0) return [];
  const every = Math.ceil(points.length / COLUMNS);
  const named = [0, stable?.errorShare, bad?.fault.errorShare].map((share) => Number((share ?? 0).toPrecision(6)));
  const shown = points.flatMap(({ errorShare }, index) =>
    named.includes(errorShare) || (points.length - 1 - index) % every === 0 ? [index] : [],
  );
  return [
    {
      id: 'curves',
      title: 'Stopped, by how many errors the canary truly makes',
      rows: [
        ['policy', ...shown.map((index) => percent(points[index]!.errorShare))],
        ...simulated.flatMap(({ policy, document }) =>
          document.curves.map((curve) => [
            curve.policy === 'today' ? policy : `${policy}, recommended`,
            ...shown.map((index) => (curve.points[index] ? percent(curve.points[index].stopped.p) : '')),
          ]),
        ),
      ],
    },
  ];
}

/** Each limit of a recommendation, as it reads behind "the limit on". */
export const OBSTACLES = {
  'max-false': 'false stops',
  'max-miss': 'misses',
  'max-duration': 'the duration',
} as const;

function recommendedTables(simulated: readonly SimulatedPolicy[]): readonly ComparedTable[] {
  const rows = simulated.flatMap(({ policy, document: { recommendation } }) => {
    if (!recommendation) return [];
    const { verdict, changes, today, recommended, obstacle } = recommendation;
    const figures = (one: typeof today) => [interval(one.falseStop), interval(one.miss), figure(one.bad.badAnswers)];
    const none = obstacle ? `none keeps the limit on ${OBSTACLES[obstacle.limit]}` : 'none keeps the limits';
    const words = { keep: 'keep it', none, change: changes.join(', ') }[verdict];
    return recommended
      ? [
          [policy, ...figures(today), ''],
          [`${policy}, recommended`, ...figures(recommended), words],
        ]
      : [[policy, ...figures(today), words]];
  });
  if (rows.length === 0) return [];
  const header = ['policy', 'good: stopped', 'bad: promoted', 'bad answers', 'change'];
  const title = "Today's policy and the recommended one, on fresh seeds";
  return [{ id: 'recommended', title, rows: [header, ...rows] }];
}

/** All policies met the same canaries, so the first one's names are those of all. */
export const badNames = (simulated: readonly SimulatedPolicy[]): readonly string[] => {
  const { inputs, others } = simulated[0]?.document ?? {};
  return inputs?.badCanary ? [inputs.badCanary, ...(others ?? []).map(({ canary }) => canary)] : [];
};
const figure = (value: number) => String(Number(value.toPrecision(3)));
const percent = (share: number) => `${figure(share * 100)} %`;
const interval = ({ p, low, high }: Share) => `${percent(p)} (${figure(low * 100)}–${figure(high * 100)})`;
const seconds = (ms: number) => `${Number((ms / 1000).toFixed(1))} s`;
const time = (quantile: TimeQuantile | undefined) => (quantile ? seconds(quantile.ms) : 'never');
