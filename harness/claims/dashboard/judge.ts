/**
 * Claim kind `dashboard`: a load runs for as long as the longest window of a query looks back, and then every query of every
 * panel is asked of the run's Prometheus, as Grafana would ask it of the time of the load. What comes back must be the run's
 * own traffic, and where clients know what a figure must be, that.
 */
import type { FindingReport } from '../../../reports/model/run-report.ts';
import { durationToMs } from '../../documents/budgets.ts';
import { seconds } from '../../documents/figures.ts';
import { environmentError, HarnessError } from '../../errors/harness-error.ts';
import { askPrometheus } from '../../evidence/prometheus-client.ts';
import { selectorsOf } from '../../oracle/promql/needed-samples.ts';
import { parsePromql } from '../../oracle/promql/parse-promql.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import { openReceivers } from '../../stage/receivers.ts';
import { type RolloutLoadResult, startRolloutLoad } from '../../traffic/recorded-load.ts';
import { placeLoad } from '../../traffic/traffic-path.ts';
import { combineOutcomes, onEvidence } from '../../verdict/combine.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import { type DashboardsQueries, queriesOfAll } from './ask-dashboards.ts';
import type { DashboardClaim } from './dashboard-claim.ts';
import { panelFinding, signalMissing } from './dashboard-findings.ts';
import { type DeployedDashboard, deployedDashboards } from './deployed-dashboards.ts';
import type { PanelQuery } from './grafana/panel-queries.ts';
import { type Ask, scrapeIntervals } from './queries/ask-panel.ts';
import { type ClientTraffic, clientTraffic } from './queries/client-traffic.ts';
import { judgeQuery, type QueryVerdict } from './queries/judge-query.ts';

/** So long a time range has what `$__range` stands for before the load is planned. */
const SHORTEST_LOAD_MS = 20_000;
/** Beside the longest window: the first answers, a histogram that is flushed late, and steps that end before the range does. */
const BESIDE_SCRAPES_MS = 8_000;
const USUAL_SCRAPE_MS = 15_000;

/** @throws HarnessError PROMETHEUS_MISSING, PROMETHEUS_UNREACHABLE, LOAD_SILENT, RECEIVER_MISSING (exit 3); the signal's reason */
export async function judgeDashboard(claim: DashboardClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const ask = asker(scene);
  const { dashboards, findings } = await deployedDashboards(claim, scene);
  const files = scene.source.files;
  const scrapeMs = await longestScrape(ask);
  const before = { fromMs: startedAt - SHORTEST_LOAD_MS, toMs: startedAt };
  const planned = await queriesOfAll(dashboards, claim, { files, ask, range: before });
  const lastsMs = loadLength(planned, scrapeMs, claim.longestLoadMs);
  const { result, range } = await loaded(claim, scene, { lastsMs, scrapeMs });
  const clients = clientsOf(result);
  const asked = await queriesOfAll(dashboards, claim, { files, ask, range });
  const verdicts: (QueryVerdict & { readonly place: string; readonly query: PanelQuery })[] = [];
  for (const { place, query } of asked.queries) {
    scene.signal.throwIfAborted();
    const ground = { ask, range, clients, scrapeMs, services: claim.services };
    verdicts.push({ place, query, ...(await judgeQuery(query, ground)) });
  }
  const missing = claim.signals.filter((signal) => !verdicts.some(({ signals }) => signals.has(signal)));
  const wrong: readonly FindingReport[] = [
    ...findings,
    ...asked.findings,
    ...verdicts.flatMap(({ place, problems }) => problems.map((one) => panelFinding(one, place, 'observed'))),
    ...missing.map((signal) => signalMissing(signal, claim.dashboards, 'observed')),
  ];
  const judged = { claim, dashboards, asked, verdicts, wrong, clients };
  const outcome = onEvidence(outcomeOf(judged), result.books.outcome);
  return {
    claim: {
      ...{ id: claim.id, title: claim.title, outcome },
      sentence: sentenceOf(judged, outcome),
      details: verdicts.flatMap(({ details }) => details),
      durationMs: scene.now() - startedAt,
    },
    books: [result.books],
    findings: outcome === 'invalid' ? [] : wrong,
  };
}

function asker({ cluster, signal }: Scene): Ask {
  const base = cluster.prometheusUrl;
  if (base === undefined)
    throw environmentError('PROMETHEUS_MISSING', 'there is no Prometheus to ask what panels show', {
      hint: 'Put prometheus among the addons of the profile.',
    });
  return (endpoint, parameters) => askPrometheus(base, endpoint, parameters, signal);
}

async function longestScrape(ask: Ask): Promise<number> {
  const lengths = (await scrapeIntervals(ask)).map((text) => durationToMs(text) ?? 0);
  return Math.max(...lengths, 0) || USUAL_SCRAPE_MS;
}

/** The longest that a query looks back from the end of its last step, and what lies around it. */
function loadLength({ queries }: DashboardsQueries, scrapeMs: number, longestMs: number): number {
  const reaches = queries.map(
    ({ query }) => reachOf(query.expr) + (query.mode === 'range' ? query.intervals.stepMs : 0),
  );
  return Math.min(longestMs, Math.max(SHORTEST_LOAD_MS, ...reaches) + 2 * scrapeMs + BESIDE_SCRAPES_MS);
}

/** 0 for what cannot be read before there is traffic. */
function reachOf(expr: string): number {
  try {
    return Math.max(0, ...selectorsOf(parsePromql(expr), 0).map(({ reachMs }) => reachMs));
  } catch (error) {
    if (error instanceof HarnessError) return 0;
    throw error;
  }
}

interface Length {
  readonly lastsMs: number;
  readonly scrapeMs: number;
}

async function loaded(claim: DashboardClaim, scene: Scene, { lastsMs, scrapeMs }: Length) {
  const { path, errors } = claim;
  const receivers = errors && (await openReceivers(errors.receiver, scene));
  const id = claim.id.replaceAll('/', '-');
  try {
    await receivers?.behave({ errorShare: errors?.share ?? 0, errorStatus: 500 });
    const placed = await placeLoad(scene, id, path, lastsMs + scene.profile.budgets.ingressAnswersMs);
    const title = 'clients while the dashboards are looked at';
    const load = startRolloutLoad({ id, title, placed, service: claim.service, versions: [] }, scene);
    try {
      await load.answered;
      const fromMs = scene.now();
      await scene.pause(lastsMs);
      const range = { fromMs, toMs: scene.now() };
      const result = await load.stop();
      // what was scraped before the end must have been stored
      await scene.pause(2 * scrapeMs);
      return { result, range };
    } finally {
      await load.stop().catch(() => undefined);
    }
  } finally {
    await receivers?.[Symbol.asyncDispose]();
  }
}

function clientsOf({ stream }: RolloutLoadResult): ClientTraffic {
  return clientTraffic(
    [...stream.entries()].map(({ startMs, latencyMs, status, version }) => ({
      ...{ startMs, endMs: startMs + latencyMs, status, isNamed: version !== null },
    })),
  );
}

interface Judged {
  readonly claim: DashboardClaim;
  readonly dashboards: readonly DeployedDashboard[];
  readonly asked: DashboardsQueries;
  readonly verdicts: readonly (QueryVerdict & { readonly query: PanelQuery })[];
  readonly wrong: readonly FindingReport[];
  readonly clients: ClientTraffic;
}

const tooLong = ({ verdicts }: Judged) => verdicts.filter(({ isTooLong }) => isTooLong);
/** Rates of requests that were held against what clients sent; of failures only where no traffic is claimed to be shown. */
const heldTraffic = ({ claim, verdicts }: Judged) =>
  verdicts.filter(
    ({ signals, isProved }) =>
      isProved && (signals.has('traffic') || (signals.has('errors') && !claim.signals.includes('traffic'))),
  );

function outcomeOf(judged: Judged): Outcome {
  const { wrong, verdicts } = judged;
  const isUnproved = verdicts.length === 0 || tooLong(judged).length > 0 || heldTraffic(judged).length === 0;
  return combineOutcomes([wrong.length > 0 ? 'failed' : 'passed', isUnproved ? 'inconclusive' : 'passed']);
}

function sentenceOf(judged: Judged, outcome: Outcome): string {
  const { wrong, asked, verdicts, claim, clients } = judged;
  if (outcome === 'invalid') return 'The load itself was not sound, so nothing can be said of what panels show of it.';
  if (wrong.length > 0) {
    const shown = wrong.slice(0, 3).map(({ where, sentence }) => `${where}: ${sentence}`);
    return `${shown.join('; ')}${wrong.length > shown.length ? `; and ${wrong.length - shown.length} more` : ''}.`;
  }
  const [long] = tooLong(judged);
  if (long)
    return `Query ${long.query.refId} of panel ${JSON.stringify(long.query.panel)} looks back further than the load lasted (${seconds(clients.untilMs - clients.fromMs)}); longestLoad allows a longer one.`;
  if (heldTraffic(judged).length === 0)
    return 'No rate of requests among the panels could be held against what clients sent.';
  const compared = verdicts.reduce((sum, verdict) => sum + verdict.compared, 0);
  return `All ${verdicts.length} queries of ${asked.panels} panels returned the run's own traffic; ${compared} figures agree with what clients did, and panels show ${claim.signals.join(', ')}.`;
}
