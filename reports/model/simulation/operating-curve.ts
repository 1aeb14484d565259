/** The operating curves of a simulation side by side: P(not promoted) by the canary's true error share. */

import type { SimulationReport } from '../simulation-report.ts';
import type { Share } from './release-figures.ts';

interface CurveRow {
  readonly errorShare: number;
  /** What a canary with this share is in this simulation, beside the others of the curve. */
  readonly is: 'good' | 'bad' | undefined;
  readonly today: Share;
  /** null: nothing was recommended. */
  readonly recommended: Share | null;
}

/** Ascending by error share; empty where no curve was simulated. */
function curveRows({ curves, inputs }: SimulationReport): readonly CurveRow[] {
  const pointsOf = (wanted: 'today' | 'recommended') => curves.find(({ policy }) => policy === wanted)?.points ?? [];
  const recommended = new Map(pointsOf('recommended').map(({ errorShare, stopped }) => [errorShare, stopped]));
  return pointsOf('today').map(({ errorShare, stopped }) => ({
    errorShare,
    is: isShare(errorShare, inputs.stable.errorShare)
      ? 'good'
      : isShare(errorShare, inputs.bad?.fault.errorShare)
        ? 'bad'
        : undefined,
    today: stopped,
    recommended: recommended.get(errorShare) ?? null,
  }));
}

/** Shares of a curve are rounded to six digits. */
function isShare(point: number, share: number | undefined): boolean {
  return share !== undefined && point === Number(share.toPrecision(6));
}

/** Header and rows of one table; empty where no curve was simulated. */
export function curveTable(report: SimulationReport): readonly (readonly string[])[] {
  const rows = curveRows(report);
  if (rows.length === 0) return [];
  const both = rows.some(({ recommended }) => recommended !== null);
  const cell = (share: Share | null) => (share ? interval(share) : '');
  return [
    ['true errors', 'stopped today', ...(both ? ['stopped, recommended'] : [])],
    ...rows.map(({ errorShare, is, today, recommended }) => [
      `${percent(errorShare)}${is ? ` (${is})` : ''}`,
      cell(today),
      ...(both ? [cell(recommended)] : []),
    ]),
  ];
}

const figure = (value: number) => String(Number(value.toPrecision(3)));
const percent = (share: number) => `${figure(share * 100)} %`;
const interval = ({ p, low, high }: Share) => `${percent(p)} (${figure(low * 100)}–${figure(high * 100)})`;
