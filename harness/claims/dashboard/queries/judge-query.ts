/** One query of a panel: what Prometheus answers, and whether that is what clients did. */
import { HarnessError } from '../../../errors/harness-error.ts';
import { parsePromql } from '../../../oracle/promql/parse-promql.ts';
import type { PromExpr } from '../../../oracle/promql/promql-tree.ts';
import type { PanelProblem, PanelQuery } from '../grafana/panel-queries.ts';
import { type Ask, askPanel, matchOf, type PanelAnswer, seriesOf, type TimeRange } from './ask-panel.ts';
import type { ClientTraffic } from './client-traffic.ts';
import { type Expected, expectedOf } from './expected-value.ts';
import { signalsOf } from './golden-signals.ts';
import type { Signal } from './metric-reading.ts';
import { isOfIstio, type MeshService, narrowedTo, readsService, selectorsIn } from './narrowed-query.ts';
import { misreadUnit } from './panel-unit.ts';
import {
  bounds,
  differs,
  empty,
  figures,
  isForeign,
  labelOf,
  notFinite,
  refused,
  wrongUnit,
} from './query-problems.ts';

export interface QueryGround {
  readonly ask: Ask;
  readonly range: TimeRange;
  readonly clients: ClientTraffic;
  readonly scrapeMs: number;
  readonly services: readonly MeshService[];
}

export interface QueryVerdict {
  readonly signals: ReadonlySet<Signal>;
  readonly problems: readonly PanelProblem[];
  readonly details: readonly { readonly label: string; readonly value: string }[];
  /** Figures of it that were held against what clients did. */
  readonly compared: number;
  /** One of them has a bound from below, too: it cannot be nothing. */
  readonly isProved: boolean;
  /** It looks back further than the load lasted. */
  readonly isTooLong: boolean;
}

export async function judgeQuery(query: PanelQuery, ground: QueryGround): Promise<QueryVerdict> {
  const expr = parsed(query.expr);
  const signals = expr ? signalsOf(expr) : new Set<Signal>();
  const found = (rest: Partial<QueryVerdict>): QueryVerdict => ({
    ...{ signals, problems: [], details: [], compared: 0, isProved: false, isTooLong: false },
    ...rest,
  });
  const own = await asked(query, query.expr, ground);
  if ('refused' in own) return found({ problems: [refused(query, own.refused)] });
  if (own.values.length === 0) return found({ problems: [empty(query, signals)] });
  if (own.values.every(({ value }) => !Number.isFinite(value)))
    return found({ problems: [notFinite(query, own.values[0]?.value)] });
  if (!expr)
    return found({
      details: [{ label: labelOf(query), value: `${figures(own)}; of a query that is not read further` }],
    });
  if (!selectorsIn(expr).some(isOfIstio)) {
    const foreign = await foreignSeries(expr, ground);
    return found(
      foreign === undefined
        ? { details: [{ label: labelOf(query), value: figures(own) }] }
        : { problems: [isForeign(query, `reads ${foreign} only`)] },
    );
  }
  return found(await heldAgainstClients(query, { expr, own, signals }, ground));
}

/** Undefined for what the oracle does not read; Prometheus has the last word about syntax. */
function parsed(text: string): PromExpr | undefined {
  try {
    return parsePromql(text);
  } catch (error) {
    if (error instanceof HarnessError) return undefined;
    throw error;
  }
}

function asked(query: PanelQuery, expr: string, { ask, range }: QueryGround) {
  return askPanel(ask, expr, range, query.mode === 'range' ? query.intervals.stepMs : undefined);
}

interface Answered {
  readonly expr: PromExpr;
  readonly own: PanelAnswer;
  readonly signals: ReadonlySet<Signal>;
}

async function heldAgainstClients(
  query: PanelQuery,
  { expr, own, signals }: Answered,
  ground: QueryGround,
): Promise<Partial<QueryVerdict>> {
  const problems: PanelProblem[] = [];
  const details: { label: string; value: string }[] = [];
  let compared = 0;
  let isTooLong = false;
  let isProved = false;
  let isOwn = false;
  for (const service of ground.services) {
    if (!selectorsIn(expr).some((selector) => isOfIstio(selector) && readsService(selector, service))) continue;
    const narrowed = await asked(query, narrowedTo(query.expr, expr, service), ground);
    if ('refused' in narrowed || narrowed.values.length === 0) continue;
    isOwn = true;
    const name = service.names.join(' and ');
    const expected = expectedOf(expr, { ...ground, service, atMs: narrowed.atMs });
    const isLonger =
      expected !== undefined && narrowed.atMs - expected.reachMs < ground.clients.fromMs - ground.scrapeMs;
    isTooLong ||= isLonger;
    const isHeld = expected !== undefined && !isLonger && Number.isFinite(expected.high);
    const wrong = narrowed.values.filter(({ value }) => Number.isFinite(value)).length === 0;
    if (wrong) problems.push(notFinite(query, narrowed.values[0]?.value, name));
    else if (isHeld && !agrees(narrowed, expected)) problems.push(differs(query, name, narrowed, expected));
    else {
      const { clients } = ground;
      const misread = misreadUnit(query, narrowed, signals, {
        clients,
        perRequest: service.perRequest,
        ratePerSecond: clients.ratePerSecond,
      });
      if (misread !== undefined) problems.push(wrongUnit(query, name, narrowed, misread));
    }
    if (isHeld) compared += 1;
    isProved ||= isHeld && expected.low > 0;
    details.push({
      label: `${labelOf(query)}, ${name}`,
      value: `${figures(narrowed)}${isHeld ? `, by clients ${bounds(expected)}` : ''}`,
    });
  }
  if (!isOwn)
    problems.push(
      isForeign(query, `is of other Services than ${ground.services.flatMap(({ names }) => names).join(', ')}`),
    );
  if (details.length === 0) details.push({ label: labelOf(query), value: figures(own) });
  return { problems, details, compared, isProved, isTooLong };
}

function agrees({ values }: PanelAnswer, { of, low, high }: Expected): boolean {
  const finite = values.map(({ value }) => value).filter(Number.isFinite);
  const judged = of === 'sum' ? [finite.reduce((sum, value) => sum + value, 0)] : finite;
  // floating point adds up in another order
  const slack = 1e-9 * Math.max(1, Math.abs(high));
  return judged.every((value) => value >= low - slack && value <= high + slack);
}

const NAMESPACE_LABELS = ['namespace', 'kubernetes_namespace', 'pod_namespace', 'exported_namespace'];

/** Namespaces of the series that it reads, where they say one and none is the run's. */
async function foreignSeries(expr: PromExpr, { ask, range, services }: QueryGround): Promise<string | undefined> {
  const own = new Set(services.map(({ namespace }) => namespace));
  const named = new Set<string>();
  for (const selector of selectorsIn(expr))
    for (const labels of await seriesOf(ask, matchOf(selector), range))
      for (const label of NAMESPACE_LABELS) if (labels[label] !== undefined) named.add(labels[label]);
  if (named.size === 0 || [...named].some((name) => own.has(name))) return undefined;
  return `namespace ${[...named].sort().join(', ')}`;
}
