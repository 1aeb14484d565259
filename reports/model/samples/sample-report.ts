/** Whole reports for tests, one per outcome: Bookinfo's reviews at 90/10 on two client paths, then a change to 75/25. */
import {
  type ClaimReport,
  type FindingReport,
  NO_CLUSTER_EVIDENCE,
  type OutcomeReport,
  type RunReport,
} from '../run-report.ts';
import { sampleAppendix, sampleComponents } from './sample-appendix.ts';
import { sampleBooks } from './sample-books.ts';
import { sampleSplit } from './sample-split.ts';
import { sampleTimeline } from './sample-timeline.ts';

const STARTED_AT = Date.UTC(2026, 10, 21, 12, 3, 20);
const MESH_SHARE: Readonly<Record<OutcomeReport, number>> = {
  passed: 0.1,
  failed: 0.15,
  inconclusive: 0.109,
  invalid: 0.1,
};

const made = new Map<OutcomeReport, RunReport>();

/** One of the caller's own: it is simulated request by request, so only once, and copied. */
export function sampleReport(outcome: OutcomeReport): RunReport {
  const report = made.get(outcome) ?? makeReport(outcome);
  made.set(outcome, report);
  return structuredClone(report);
}

function makeReport(outcome: OutcomeReport): RunReport {
  const split = (path: 'ingress' | 'mesh', trueShare: number, seed: number) =>
    sampleSplit({
      id: `reviews-90-10-${path}`,
      claimId: 'bookinfo/split-90-10',
      path,
      declaredShare: 0.1,
      trueShare,
      startedAt: STARTED_AT + 31_000,
      requestsPerSecond: path === 'ingress' ? 300 : 200,
      seed,
    });
  const ingress = split('ingress', 0.1, 7);
  const mesh = split('mesh', MESH_SHARE[outcome], outcome === 'inconclusive' ? 6 : 11);
  const splits = [ingress, outcome === 'invalid' ? { ...mesh, outcome, reason: 'books' } : mesh];
  const observed = `${((mesh.arms[1]?.estimate ?? 0) * 100).toFixed(1)} %`;
  return {
    schemaVersion: '1',
    run: {
      id: '20261121-120320-bookinfo-7f3a',
      kind: 'conform',
      startedAt: STARTED_AT,
      finishedAt: STARTED_AT + 164_200,
      interrupted: false,
      command: ['canaryproof', 'conform', 'bookinfo', '--seed', '7f3a91'],
      reproduce: 'canaryproof conform bookinfo --seed 7f3a91 --component istio=1.28.0',
      seed: '7f3a91',
      gitRevision: '4f1c2ab0c58de9fb9a2d6f1a6c1c7d3a55aa0e11',
      host: { system: 'Linux 6.8 x86_64', cpus: 2, memoryBytes: 25_201_631_232 },
    },
    subject: {
      name: 'bookinfo',
      title: 'Bookinfo: GitOps-driven canary release with Argo CD and Istio',
      provider: 'local',
      context: 'canaryproof-bookinfo',
      hash: 'c0ffee5e1a7d0b2f4c8e6a913d5b7f9021436587a9cbed0f1e2d3c4b5a697887',
    },
    outcome,
    headline: HEADLINE[outcome](observed, mesh.samples),
    components: sampleComponents(),
    claims: sampleClaims(outcome, mesh.sentence),
    splits,
    timelines: [sampleTimeline({ startMs: STARTED_AT + 31_000, meshShare: MESH_SHARE[outcome], seed: 3 })],
    books: [sampleBooks(ingress, false), sampleBooks(mesh, outcome === 'invalid')],
    findings: FINDINGS[outcome],
    ...NO_CLUSTER_EVIDENCE,
    appendix: sampleAppendix(STARTED_AT),
  };
}

const HEADLINE: Readonly<Record<OutcomeReport, (observed: string, n: number) => string>> = {
  passed: (observed, n) =>
    `All 6 claims hold: reviews v3 got ${observed} of ${n} in-mesh requests where 10 % is declared.`,
  failed: (observed, n) =>
    `reviews v3 got ${observed} of ${n} in-mesh requests where 10 % is declared; the proxy of productpage still routes 85/15.`,
  inconclusive: (observed, n) =>
    `reviews v3 got ${observed} of ${n} in-mesh requests: too close to the edge of 10 % ± 2 points to decide before the cap.`,
  invalid: () => 'The load generator was saturated and 1312 requests are not accounted for, so no verdict is given.',
};

const FINDINGS: Readonly<Record<OutcomeReport, FindingReport[]>> = {
  passed: [
    {
      code: 'RESOURCE_LIMITS_NOT_ENFORCED',
      layer: 'manifest',
      severity: 'info',
      sentence: 'The local provider does not enforce CPU and memory limits; 4 containers declare them.',
      hint: 'Use --provider kind when limits matter.',
    },
  ],
  failed: [
    {
      code: 'XDS_STALE_ROUTE',
      layer: 'xds',
      severity: 'error',
      sentence:
        'The sidecar of productpage-v1-6b746f74dc-x2vjq acknowledged 85/15 while VirtualService bookinfo/reviews says 90/10.',
      where: 'bookinfo/productpage-v1-6b746f74dc-x2vjq',
      hint: 'Look at `istioctl proxy-status`; a rejected push (NACK) keeps the previous route.',
    },
    {
      code: 'SPLIT_REFUTED',
      layer: 'observed',
      severity: 'error',
      sentence: 'In-mesh requests to reviews are not split 90/10.',
      where: 'canary/virtual-service.yaml:14:7',
    },
    {
      code: 'PROBE_SLOW',
      layer: 'instrument',
      severity: 'warning',
      sentence: 'Readiness of ratings-v1 took 9.2 s.',
    },
  ],
  inconclusive: [
    {
      code: 'CAP_REACHED',
      layer: 'observed',
      severity: 'warning',
      sentence: 'The in-mesh split was not decided within 20792 requests.',
      hint: 'Run with --profile nightly, which has a margin of 1 point, or look for a drift of about 1 point.',
    },
  ],
  invalid: [
    {
      code: 'GENERATOR_SATURATED',
      layer: 'instrument',
      severity: 'error',
      sentence: 'k6 dropped 4870 iterations and used all of its 200 VUs.',
      hint: 'Offer fewer requests per second with --rate, or raise --vus.',
    },
  ],
};

function sampleClaims(outcome: OutcomeReport, splitSentence: string): ClaimReport[] {
  const claim = (
    id: string,
    title: string,
    sentence: string,
    durationMs: number,
    verdict: OutcomeReport = 'passed',
  ) => ({
    id: `bookinfo/${id}`,
    title,
    outcome: verdict,
    sentence,
    details: [] as ClaimReport['details'],
    durationMs,
  });
  return [
    {
      ...claim('split-90-10', 'Reviews are split 90/10 on every client path', splitSentence, 41_800, outcome),
      details: [
        { label: 'false alarm (alpha)', value: '1e-6' },
        { label: 'miss (beta)', value: '0.001' },
        { label: 'margin', value: '± 2 points' },
      ],
    },
    {
      ...claim(
        'traffic-by-commit',
        'Weights change only by Git commit',
        'Observed share followed the commit after 1.48 s; no pod restarted.',
        50_100,
      ),
      details: [{ label: 'commit to observed share', value: '1.48 s [1.31, 1.66]' }],
    },
    claim(
      'application',
      'Argo CD keeps the application synced',
      'A deleted Service returned after 2.1 s; a changed weight was healed after 1.9 s.',
      12_400,
    ),
    claim(
      'sidecars',
      'Every pod is 2/2 and meshed',
      '6 of 6 pods have istio-proxy; 6 of 6 served with a mesh identity.',
      900,
    ),
    claim(
      'prometheus-agrees',
      'Prometheus agrees with the clients',
      'Prometheus 10.1 %, clients 9.9 %: difference 0.2 points, within 0.9.',
      15_000,
    ),
    claim(
      'recurse-pitfall',
      'Subdirectories are applied',
      '11 of 11 manifests of the repository exist in the cluster.',
      3_300,
    ),
  ];
}
