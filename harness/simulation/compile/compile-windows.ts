/** Functions over a range of time: of a selector from its columns, of a subquery from values at its steps. */

import { withoutName } from '../../oracle/promql/instant-vector.ts';
import { OVER_TIME, sampleQuantile } from '../../oracle/promql/over-time.ts';
import type { SelectorExpr, SubqueryExpr } from '../../oracle/promql/promql-tree.ts';
import type { Point } from '../../oracle/promql/series.ts';
import type { ModelledSeries } from '../modelled-series.ts';
import type { RateKind } from '../scraped-store.ts';
import { type CompiledVector, NotCompiled, type Slot, vector } from './compiled-vector.ts';

/** Prometheus' default `global.evaluation_interval`, the step of subqueries that name none. */
const DEFAULT_STEP_MS = 60_000;
const RATES: ReadonlySet<string> = new Set<RateKind>(['rate', 'increase', 'delta', 'irate', 'idelta']);

/** The parameter of quantile_over_time; undefined for all others. */
type Quantile = ((timeMs: number) => number) | undefined;

/** @throws NotCompiled */
export function overSelector(
  name: string,
  range: SelectorExpr,
  selected: readonly ModelledSeries[],
  quantile: Quantile,
): CompiledVector {
  const window = windowOf(name, quantile);
  const { offsetMs } = range;
  const rangeMs = range.rangeMs!;
  return vector(
    selected.map(
      ({ labels, column }): Slot => ({
        labels: window.keepsName ? labels : withoutName(labels),
        value: RATES.has(name)
          ? (timeMs) => column.rate(timeMs - offsetMs - rangeMs, timeMs - offsetMs, name as RateKind)
          : (timeMs) => window.over(column.pointsWithin(timeMs - offsetMs - rangeMs, timeMs - offsetMs), timeMs),
      }),
    ),
  );
}

/**
 * What happened at an instant does not change any more, so every instant is evaluated once in a run.
 * @param memory gives a new one for each series, which whoever ends the run empties
 * @throws NotCompiled
 */
export function overSubquery(
  name: string,
  range: SubqueryExpr,
  inner: CompiledVector,
  quantile: Quantile,
  memory: () => Map<number, number | undefined>,
): CompiledVector {
  if (RATES.has(name)) throw new NotCompiled('a rate of a subquery');
  const window = windowOf(name, quantile);
  const stepMs = range.stepMs ?? DEFAULT_STEP_MS;
  return vector(
    inner.slots.map(({ labels, value }): Slot => {
      const known = memory();
      return {
        labels: window.keepsName ? labels : withoutName(labels),
        value: (timeMs) => {
          const endMs = timeMs - range.offsetMs;
          const points: Point[] = [];
          const firstMs = (Math.floor((endMs - range.rangeMs) / stepMs) + 1) * stepMs;
          for (let atMs = firstMs; atMs <= endMs; atMs += stepMs) {
            let found = known.get(atMs);
            if (found === undefined && !known.has(atMs)) {
              found = value(atMs);
              known.set(atMs, found);
            }
            if (found !== undefined) points.push([atMs, found]);
          }
          return window.over(points, timeMs);
        },
      };
    }),
    inner.slots.length <= 1,
  );
}

interface Window {
  readonly keepsName: boolean;
  readonly over: (points: readonly Point[], timeMs: number) => number | undefined;
}

function windowOf(name: string, quantile: Quantile): Window {
  const ofPoints = OVER_TIME[name];
  if (!ofPoints && !quantile && !RATES.has(name)) throw new NotCompiled(name);
  return {
    keepsName: name === 'last_over_time' || name === 'first_over_time',
    over: (points, timeMs) => {
      if (points.length === 0) return undefined;
      return quantile
        ? sampleQuantile(
            quantile(timeMs),
            points.map(([, value]) => value),
          )
        : ofPoints!(points);
    },
  };
}
