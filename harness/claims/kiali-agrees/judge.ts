/**
 * Claim kind `kiali-agrees`: a load runs for longer than the window that Kiali's graph looks back over, and then its edges
 * are held against what clients counted in that window. Kiali reads rates from a Prometheus, so what two honest counts may
 * differ by is that of a rate: what no scrape saw at the two ends, and how far Prometheus stretched each series.
 */
import type { FindingReport } from '../../../reports/model/run-report.ts';
import { percent, seconds } from '../../documents/figures.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import { type RolloutLoadResult, startRolloutLoad } from '../../traffic/recorded-load.ts';
import { placeLoad } from '../../traffic/traffic-path.ts';
import { onEvidence } from '../../verdict/combine.ts';
import { ASSURANCE } from '../../verdict/split-expectation.ts';
import { judgeTwoWitnesses, scrapeAllowance } from '../../verdict/two-witness.ts';
import { requests } from '../../verdict/wording.ts';
import { type ClientCounts, clientsIn } from './clients-in.ts';
import { applicationEdges, edgesBetween, type GraphEdge, RATE_ROUNDED } from './graph-edges.ts';
import { type AboutKiali, openKiali } from './kiali.ts';
import type { KialiAgreesClaim } from './kiali-claim.ts';
import { CLOCKS_APART_MS, leadMs, type Window, windowLengthS } from './window.ts';

const ALPHA = 1e-6;
/** Of the margin of the assurance: within more than that, agreement says nothing. */
const WIDEST_BAND = 2;

/**
 * @throws HarnessError KIALI_MISSING, KIALI_UNREACHABLE, KIALI_REFUSED, KIALI_ANSWER_BROKEN, KIALI_WITHOUT_PROMETHEUS,
 *   KIALI_OTHER_WINDOW, LOAD_SILENT (exit 3); the scene's reason
 */
export async function judgeKialiAgrees(claim: KialiAgreesClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const kiali = openKiali(claim.kiali, scene);
  // a Kiali that is not there is found before the load, and not after it
  const about = await kiali.about();
  const { result, window } = await loaded(claim, about, scene);
  const graph = await kiali.graph(claim.namespace, window);
  const edges = edgesBetween(graph, claim);
  const clients = clientsIn(result.stream, window);
  const verdict = judged({ edges, clients, about, window }, scene);
  const findings = findingsOf(claim, { edges, clients, others: applicationEdges(graph), verdict });
  const outcome = onEvidence(findings.length > 0 ? 'failed' : verdict.outcome, result.books.outcome);
  return {
    claim: {
      ...{ id: claim.id, title: claim.title, outcome },
      sentence:
        outcome === 'invalid'
          ? "The load itself was not sound, so nothing can be said of Kiali's graph of it."
          : (findings[0]?.sentence ?? verdict.sentence),
      details: [
        { label: 'Kiali', value: `${about.version} at ${kiali.where}` },
        {
          label: 'window',
          value: `${window.lengthS} s up to ${new Date(window.endS * 1000).toISOString()}, at a scrape every ${seconds(about.scrapeMs)}`,
        },
        ...edges.map((edge) => ({ label: `edge ${nameOf(claim, edge)}`, value: rateOf(edge) })),
        ...verdict.arms.map((arm) => ({
          label: `${claim.service} ${arm.arm}`,
          value: `clients ${percent(arm.clientShare)}, Kiali ${percent(arm.witnessShare)}, band ±${percent(arm.band)}`,
        })),
        ...(verdict.bookkeeping === undefined
          ? []
          : [{ label: 'what two honest counts may differ by', value: verdict.bookkeeping }]),
        ...verdict.notes.map((note) => ({ label: 'note', value: note })),
      ],
      durationMs: scene.now() - startedAt,
    },
    books: [result.books],
    findings: outcome === 'invalid' ? [] : findings,
  };
}

async function loaded(
  claim: KialiAgreesClaim,
  { scrapeMs }: AboutKiali,
  scene: Scene,
): Promise<{ readonly result: RolloutLoadResult; readonly window: Window }> {
  const lengthS = windowLengthS(claim.windowMs, scrapeMs);
  const id = claim.id.replaceAll('/', '-');
  const lastsMs = leadMs(scrapeMs) + (lengthS + 1) * 1000;
  const placed = await placeLoad(scene, id, claim.path, lastsMs + scene.profile.budgets.ingressAnswersMs);
  const title = "clients while Kiali's graph is looked at";
  const load = startRolloutLoad({ id, title, placed, service: claim.service, versions: [] }, scene);
  try {
    await load.answered;
    await scene.pause(lastsMs);
    const endS = Math.floor(scene.now() / 1000);
    const result = await load.stop();
    // what was scraped before the end must have been stored
    await scene.pause(scrapeMs + CLOCKS_APART_MS);
    return { result, window: { endS, lengthS } };
  } finally {
    await load.stop().catch(() => undefined);
  }
}

interface Seen {
  readonly edges: readonly GraphEdge[];
  readonly clients: ClientCounts;
  readonly about: AboutKiali;
  readonly window: Window;
}

type Verdict = ReturnType<typeof judgeTwoWitnesses>;

function judged({ edges, clients, about, window }: Seen, scene: Scene): Verdict {
  const versions = [...new Set(edges.map(({ toVersion }) => toVersion))];
  const { boundary, extrapolationSpread } = scrapeAllowance(clients.rate, about.scrapeMs / 1000, window.lengthS);
  return judgeTwoWitnesses({
    witness: 'Kiali',
    client: clients.byVersion,
    witnessed: versions.map((version) => ({
      arm: version,
      count: edges.reduce((sum, edge) => (edge.toVersion === version ? sum + edge.rate * window.lengthS : sum), 0),
    })),
    inFlight: clients.unnamed + Math.ceil(edges.length * RATE_ROUNDED * window.lengthS),
    // at both ends
    boundary: Math.ceil(boundary + (2 * clients.rate * CLOCKS_APART_MS) / 1000),
    extrapolationSpread,
    alpha: ALPHA,
    widest: WIDEST_BAND * ASSURANCE[scene.assurance].margin,
  });
}

const nameOf = ({ from, service }: KialiAgreesClaim, { fromVersion, toVersion, workload }: GraphEdge) =>
  `${from} ${fromVersion} → ${service} ${toVersion} (${workload})`;

const rateOf = ({ rate, shareOfSource }: GraphEdge) =>
  `${rate.toFixed(2)}/s${shareOfSource === undefined ? '' : `, ${percent(shareOfSource)} of what its source asked`}`;

interface Found {
  readonly edges: readonly GraphEdge[];
  readonly clients: ClientCounts;
  readonly others: readonly string[];
  readonly verdict: Verdict;
}

function findingsOf(claim: KialiAgreesClaim, { edges, clients, others, verdict }: Found): readonly FindingReport[] {
  const { service, from, id } = claim;
  const finding = (code: string, sentence: string, hint: string): readonly FindingReport[] => [
    { code, sentence, hint, where: id, layer: 'observed', severity: 'error' },
  ];
  const answered = clients.byVersion.reduce((sum, { count }) => sum + count, 0);
  if (edges.length === 0 && answered > 0)
    return finding(
      'KIALI_EDGES_NONE',
      `Kiali's graph has no HTTP edge from ${from} to ${service}, while clients got ${requests(answered)} answered by ${service}; it has ${others.length === 0 ? 'none at all' : others.join(', ')}.`,
      'Applications are named by service.istio.io/canonical-name, app.kubernetes.io/name or app, in this order; without any edge, Kiali may read a Prometheus that does not scrape these proxies.',
    );
  if (verdict.outcome === 'failed')
    return finding(
      'KIALI_SHARES_DIFFER',
      verdict.sentence,
      'Versions in the graph are service.istio.io/canonical-revision, app.kubernetes.io/version or version of the pods, in this order: label them as they name themselves.',
    );
  return [];
}
