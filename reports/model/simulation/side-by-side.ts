/** Several policies side by side: how often each is wrong, when it decides, whom it reaches, and its operating curve. */
import type { Share, SimulationDocument, TimeQuantile } from '../simulation-report.ts';

/** A policy of several; one that cannot be simulated says why. */
export interface ComparedPolicy {
  /** Name of the Rollout. */
  readonly policy: string;
  readonly unit: string;
  readonly document: SimulationDocument | null;
  readonly refused: { readonly code: string; readonly why: string } | null;
}

/** Header first. */
export interface ComparedTable {
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
}

type Simulated = ComparedPolicy & { readonly document: SimulationDocument };

/** All policies met the same canaries, so the first one's names are those of all. */
export function sideBySideTables(compared: readonly ComparedPolicy[]): readonly ComparedTable[] {
  const simulated = compared.filter((one): one is Simulated => one.document !== null);
  return [errorsTable(simulated), ...decisionTables(simulated), ...curveTables(simulated)];
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

function errorsTable(simulated: readonly Simulated[]): ComparedTable {
  const bad = badNames(simulated);
  return {
    title: 'Good canaries that are stopped, and bad ones that are promoted',
    rows: [
      ['policy', 'good: stopped', ...bad.map((name) => `${name}: promoted`)],
      ...simulated.map(({ policy, document }) => [
        policy,
        interval(document.falseStop),
        ...(document.miss ? [document.miss, ...document.others.map(({ miss }) => miss)] : []).map(interval),
      ]),
    ],
  };
}

/** When the first bad canary is stopped, and whom it reaches until then. */
function decisionTables(simulated: readonly Simulated[]): readonly ComparedTable[] {
  const [name] = badNames(simulated);
  if (name === undefined) return [];
  const users = simulated.some(({ document }) => document.bad?.users);
  return [
    {
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

function curveTables(simulated: readonly Simulated[]): readonly ComparedTable[] {
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
    ...recommendedTables(simulated),
  ];
}

function recommendedTables(simulated: readonly Simulated[]): readonly ComparedTable[] {
  const rows = simulated.flatMap(({ policy, document: { recommendation } }) => {
    if (!recommendation) return [];
    const { verdict, changes, today, recommended } = recommendation;
    const figures = (one: typeof today) => [interval(one.falseStop), interval(one.miss), figure(one.bad.badAnswers)];
    const words = { keep: 'keep it', none: 'none keeps the limits', change: changes.join(', ') }[verdict];
    return [
      [policy, ...figures(today), ''],
      ...(recommended ? [[`${policy}, recommended`, ...figures(recommended), words]] : [['', '', '', '', words]]),
    ];
  });
  if (rows.length === 0) return [];
  const header = ['policy', 'good: stopped', 'bad: promoted', 'bad answers', 'change'];
  return [{ title: "Today's policy and the recommended one, on fresh seeds", rows: [header, ...rows] }];
}

const badNames = (simulated: readonly Simulated[]): readonly string[] => {
  const { inputs, others } = simulated[0]?.document ?? {};
  return inputs?.badCanary ? [inputs.badCanary, ...(others ?? []).map(({ canary }) => canary)] : [];
};
const figure = (value: number) => String(Number(value.toPrecision(3)));
const percent = (share: number) => `${figure(share * 100)} %`;
const interval = ({ p, low, high }: Share) => `${percent(p)} (${figure(low * 100)}–${figure(high * 100)})`;
const seconds = (ms: number) => `${Number((ms / 1000).toFixed(1))} s`;
const time = (quantile: TimeQuantile | undefined) => (quantile ? seconds(quantile.ms) : 'never');
