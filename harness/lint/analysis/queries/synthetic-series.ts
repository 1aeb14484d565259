/**
 * Series such as the selectors of a query look for, with traffic that is known: what a query makes of them tells what it
 * measures. Pure; every instant is the same.
 */
import { childrenOf, type PromExpr, type SelectorExpr } from '../../../oracle/promql/promql-tree.ts';
import {
  type LabelMatcher,
  type Labels,
  labelKey,
  matches,
  type Point,
  type Series,
} from '../../../oracle/promql/series.ts';
import { namedValues, sampleValue } from './label-samples.ts';
import type { ReleaseArm } from './release-arms.ts';

/** Traffic of one arm. */
export interface ArmTraffic {
  readonly ratePerSecond: number;
  /** 0 to 1: requests that fail. */
  readonly badShare: number;
  readonly latencySeconds: number;
}

export interface World {
  readonly stable: ArmTraffic;
  readonly canary: ArmTraffic;
}

interface Template {
  readonly labels: Labels;
  readonly arm: ReleaseArm['name'];
  /** Of the requests of this arm. */
  share(traffic: ArmTraffic): number;
  readonly le: number | undefined;
  readonly unitsPerSecond: number;
  readonly isSum: boolean;
}

export interface Synthetic {
  readonly templates: readonly Template[];
  /** Every selector finds one of them. */
  readonly isComplete: boolean;
  readonly stepMs: number;
  readonly endMs: number;
}

const SCRAPE_MS = 15_000;
const STATUS_LABEL = /code|status|class|result|outcome|success|error|failed/i;
const BAD_VALUE = /^[45]|err|fail/i;
const BOOLEAN = /^(true|false|yes|no)$/i;
const GOOD_VALUE = /^(success|succeeded|ok|pass(ed)?|good|completed)$/i;
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const MILLISECONDS = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000];

/** @param reachMs how far back the query looks; windows of any length hold several samples */
export function syntheticSeries(expr: PromExpr, arms: readonly ReleaseArm[], reachMs: number): Synthetic {
  const selectors = selectorsIn(expr);
  const grouped = [...new Set(groupingLabels(expr))].filter((label) => label !== 'le' && label !== '__name__');
  const byMetric = Map.groupBy(selectors, metricName);
  const templates = [...byMetric].flatMap(([name, own]) =>
    arms.flatMap((arm) => own.flatMap((selector) => templatesOf(name, selector, own, grouped, arm))),
  );
  const distinct = [...new Map(templates.map((one) => [`${one.arm} ${labelKey(one.labels)}`, one])).values()];
  const isComplete = selectors.every(({ matchers }) => distinct.some(({ labels }) => matches(labels, matchers)));
  const windows = selectors.flatMap(({ rangeMs }) => rangeMs ?? []);
  const stepMs = Math.min(SCRAPE_MS, ...windows.map((windowMs) => Math.ceil(windowMs / 8)));
  return { templates: distinct, isComplete, stepMs, endMs: reachMs + 10 * stepMs };
}

/** Counters that have grown at the rates of the world since instant 0. */
export function seriesOf({ templates, stepMs, endMs }: Synthetic, world: World): readonly Series[] {
  return templates.map(({ labels, arm, share, le, unitsPerSecond, isSum }) => {
    const traffic = world[arm];
    const below = le === undefined ? 1 : shareBelow(le, traffic.latencySeconds * unitsPerSecond);
    const weight = isSum ? traffic.latencySeconds * unitsPerSecond : 1;
    const perSecond = traffic.ratePerSecond * share(traffic) * below * weight;
    const points: Point[] = [];
    for (let atMs = 0; atMs <= endMs; atMs += stepMs) points.push([atMs, 1000 + (perSecond * atMs) / 1000]);
    return { labels, points };
  });
}

/** Latencies are spread evenly between 0 and twice their mean. */
function shareBelow(le: number, mean: number): number {
  return Math.min(1, le / (2 * mean));
}

export function selectorsIn(expr: PromExpr): readonly SelectorExpr[] {
  return expr.kind === 'selector' ? [expr] : childrenOf(expr).flatMap(selectorsIn);
}

function metricName({ name, matchers }: SelectorExpr): string {
  if (name !== undefined) return name;
  return (
    sampleValue(
      matchers.filter(({ label }) => label === '__name__'),
      [],
    ) ?? 'requests_total'
  );
}

function groupingLabels(expr: PromExpr): readonly string[] {
  const own =
    expr.kind === 'aggregate' && !expr.without
      ? expr.labels
      : expr.kind === 'binary'
        ? [...(expr.matching.on ? expr.matching.labels : []), ...expr.matching.include]
        : [];
  return [...own, ...childrenOf(expr).flatMap(groupingLabels)];
}

function templatesOf(
  name: string,
  { matchers }: SelectorExpr,
  siblings: readonly SelectorExpr[],
  grouped: readonly string[],
  arm: ReleaseArm,
): readonly Template[] {
  const byLabel = Map.groupBy(
    matchers.filter(({ label }) => label !== '__name__' && label !== 'le'),
    ({ label }) => label,
  );
  const all = siblings.flatMap((sibling) => sibling.matchers);
  const statusLabels = [...new Set(all.map(({ label }) => label))].filter((label) => STATUS_LABEL.test(label));
  const labels: Record<string, string> = { __name__: name };
  for (const [label, own] of byLabel) {
    if (statusLabels.includes(label)) continue;
    const value = sampleValue(own, arm.candidates, (text) => !arm.isForeign(text, label));
    if (value === undefined) return [];
    if (value !== '') labels[label] = value;
  }
  for (const label of grouped)
    if (!byLabel.has(label) && !statusLabels.includes(label)) labels[label] ??= `${label}-${arm.hash}`;
  labels.pod ??= `pod-${arm.hash}-x7k2p`;
  const isBucket = name.endsWith('_bucket') || all.some(({ label }) => label === 'le');
  const unitsPerSecond = /milliseconds|_ms(_|$)/.test(name) ? 1000 : 1;
  const bounds = isBucket ? boundsOf(all, unitsPerSecond) : [undefined];
  const isSum = name.endsWith('_sum');
  return withStatus(labels, statusLabels, all, /error|fail/i.test(name)).flatMap(({ labels: own, share }) =>
    bounds.map((le) => ({
      labels: le === undefined ? own : { ...own, le },
      arm: arm.name,
      share,
      le: le === undefined ? undefined : Number(le.replace('+Inf', 'Infinity')),
      unitsPerSecond,
      isSum,
    })),
  );
}

function boundsOf(matchers: readonly LabelMatcher[], unitsPerSecond: number): readonly string[] {
  const asked = namedValues(matchers.filter(({ label }) => label === 'le')).filter(
    (text) => text !== '' && !Number.isNaN(Number(text)),
  );
  const usual = (unitsPerSecond === 1000 ? MILLISECONDS : SECONDS).map(String);
  return [...new Set([...usual, ...asked, '+Inf'])];
}

interface Status {
  readonly labels: Labels;
  share(traffic: ArmTraffic): number;
}

/** `success="false"` is bad, and `error="false"` is not. */
function isBad(label: string, value: string): boolean {
  if (!BOOLEAN.test(value)) return BAD_VALUE.test(value);
  return /^(true|yes)$/i.test(value) === /error|fail/i.test(label);
}

/** Who asks for successes alone, or for failures alone, has the other ones counted as well. */
function counterpart(label: string, named: readonly string[]): readonly string[] {
  if (named.every((value) => BOOLEAN.test(value))) return ['true', 'false'];
  if (named.every((value) => isBad(label, value))) return ['success'];
  return named.every((value) => GOOD_VALUE.test(value)) ? ['error'] : [];
}

/** One series for each status that the query names, besides a success, an error of the client and one of the server. */
function withStatus(
  labels: Labels,
  statusLabels: readonly string[],
  matchers: readonly LabelMatcher[],
  countsErrors: boolean,
): readonly Status[] {
  const everything = (traffic: ArmTraffic): number => (countsErrors ? traffic.badShare : 1);
  const [label, ...others] = statusLabels;
  if (label === undefined) return [{ labels, share: everything }];
  const named = namedValues(matchers.filter((one) => one.label === label)).filter((value) => value !== '');
  const isNumeric = named.length === 0 || named.some((value) => /^\d/.test(value));
  const values = [...new Set([...named, ...(isNumeric ? ['200', '503'] : counterpart(label, named))])];
  const bad = values.filter((value) => isBad(label, value));
  const good = values.filter((value) => !isBad(label, value));
  // A label that only ever says one thing, such as response_flags, is no measure of success.
  const isSplit = bad.length > 0 && good.length > 0;
  const fixed = Object.fromEntries(
    others.flatMap((other) => {
      const value = sampleValue(
        matchers.filter((one) => one.label === other),
        [],
      );
      return value ? [[other, value]] : [];
    }),
  );
  return values.map((value) => ({
    labels: { ...labels, ...fixed, [label]: value },
    share: (traffic) => {
      if (!isSplit) return everything(traffic) / values.length;
      return isBad(label, value) ? traffic.badShare / bad.length : (1 - traffic.badShare) / good.length;
    },
  }));
}
