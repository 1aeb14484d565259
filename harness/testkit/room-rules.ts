/**
 * Who may import whom, types included: a room is a folder with everything below it that has no rule of its own. An entry
 * may also name one file. ARCHITECTURE.md shows the same table for people, and a test compares them.
 */
export interface Room {
  /** What the room is, as ARCHITECTURE.md says it. */
  readonly what: string;
  readonly imports: readonly string[];
}

const PURE = [
  'harness/errors',
  'harness/pattern',
  'harness/documents',
  'harness/stats',
  'harness/verdict',
  'harness/oracle',
  'harness/ledger',
  'harness/lint',
  'reports/model',
];

const SCENE = [
  'harness/errors',
  'harness/documents',
  'harness/ports',
  'harness/evidence',
  'harness/ledger',
  'harness/lint',
  'harness/verdict',
  'harness/traffic',
  'harness/run-directory',
  'harness/profile',
  'k8s/client',
  'reports/model',
];
const ROLLOUTS = [...SCENE, 'harness/oracle', 'harness/scene'];
const DELIVERY = [...ROLLOUTS, 'harness/rollouts', 'harness/claims/declarations.ts'];
const CLUSTER = ['harness/errors', 'harness/process', 'harness/ports', 'k8s/client', 'clusters/access'];

export const ROOM_RULES: Readonly<Record<string, Room>> = {
  'harness/errors': { what: 'the error family: code, hint, where, exit code', imports: [] },
  'harness/process': {
    what: 'the room that runs programs and lets time pass; atomic files',
    imports: ['harness/errors'],
  },
  'harness/stats': {
    what: 'pure statistics: no Node, no clock, no randomness of the machine',
    imports: [],
  },
  'harness/pattern': {
    what: 'patterns and globs of strangers, matched in linear time',
    imports: ['harness/errors'],
  },
  'harness/ports': {
    what: 'types only: progress, cluster, load, identify, component',
    imports: ['harness/errors', 'reports/model', 'scenarios/shared/receiver-identity.ts'],
  },
  'harness/x509': { what: 'pure: the parts of a certificate, in DER', imports: [] },
  'harness/documents': {
    what: 'pieces of documents that people write: YAML with positions, schema problems, durations, references',
    imports: ['harness/errors', 'harness/pattern', 'harness/ports'],
  },
  'harness/verdict': {
    what: 'start order, split judge, books, two witnesses, combining outcomes',
    imports: ['harness/errors', 'harness/documents', 'harness/ports', 'harness/stats'],
  },
  'harness/oracle': {
    what: "pure models of Prometheus' evaluation and of Argo Rollouts' analysis and steps; replays AnalysisRuns",
    imports: ['harness/errors'],
  },
  'harness/simulation': {
    what: 'pure: simulated releases over the oracle, counted; how often a policy is wrong',
    imports: ['harness/errors', 'harness/documents/figures.ts', 'harness/stats', 'harness/oracle', 'reports/model'],
  },
  'harness/capacity': {
    what: 'pure: the search for capacity, statistics of a trial, questions that a bracket answers, planted systems',
    imports: ['harness/errors', 'harness/documents/figures.ts', 'harness/stats', 'scenarios/shared/arrival-slots.ts'],
  },
  'harness/ledger': {
    what: 'pure: Git, API, xDS and observed on one clock; differences, propagation, segments',
    imports: ['harness/errors', 'harness/documents', 'harness/stats', 'reports/model'],
  },
  'harness/lint': {
    what: 'static pitfalls; the split that Git declares',
    imports: ['harness/errors', 'harness/documents', 'harness/oracle', 'harness/pattern', 'reports/model'],
  },
  'harness/profile': {
    what: 'profiles and faults as the code uses them; the files of a repository and edits of them',
    imports: ['harness/errors', 'harness/ports', 'harness/documents', 'harness/claims/declarations.ts'],
  },
  'harness/run-directory': {
    what: 'what a run leaves behind: growing files, samples, events, and remaking a report from them',
    imports: ['harness/errors', 'harness/process', 'harness/ports', 'reports/model'],
  },
  'harness/traffic': {
    what: 'load at its place, recorded and judged: split phases, streams, latency bins',
    imports: [
      'harness/errors',
      'harness/documents',
      'harness/pattern',
      'harness/ports',
      'harness/stats',
      'harness/verdict',
      'harness/run-directory',
      'k8s/client',
      'k8s/workload',
      'reports/model',
    ],
  },
  'harness/evidence': {
    what: 'Git repository of a run, watches of the cluster, continuous readers of Envoys, Prometheus, webhook receiver',
    imports: ['harness/errors', 'harness/process', 'k8s/client'],
  },
  'harness/load': {
    what: 'the k6 adapter behind the `LoadRunner` port, also as a Job in the cluster',
    imports: [
      'harness/errors',
      'harness/process',
      'harness/pattern',
      'harness/documents',
      'harness/ports',
      'k8s/client',
      'scenarios/shared/scenario-values.ts',
    ],
  },
  'harness/browser': {
    what: 'the Chromium adapter behind the `OpenBrowser` port: whole pages over its debugging pipe',
    imports: ['harness/errors', 'harness/process', 'harness/ports'],
  },
  'harness/answerers': {
    what: 'who answered, by the access logs of the proxies: their lines, the logs followed, the join with samples',
    imports: [
      'harness/errors',
      'harness/documents',
      'harness/ports',
      'harness/load/evidence/line-splitter.ts',
      'k8s/client',
      'k8s/workload',
    ],
  },
  'harness/scene': {
    what: 'what every claim of one run works on: cluster, profile, Git source, Application, recorders',
    imports: SCENE,
  },
  'harness/rollouts': {
    what: 'a Rollout: its object, its orders, its watch, its end, its five layers, the replay of its analyses',
    imports: [...ROLLOUTS, 'harness/stats'],
  },
  'harness/kyverno': {
    what: 'pure: policies of Kyverno in Git and in a cluster, pods to ask about, refusals, and problems in words',
    imports: [...PURE, 'k8s/client/object.ts'],
  },
  'harness/admission': {
    what: 'asking the API server about objects by dry run, when Kyverno and its policies are there',
    imports: [...ROLLOUTS, 'harness/kyverno'],
  },
  'harness/signing': {
    what: 'images of a run in its own registry, signed by cosign with keys of the run',
    imports: [...ROLLOUTS, 'harness/process', 'harness/kyverno', 'harness/admission'],
  },
  'harness/delivery': {
    what: 'deploying a profile through Git and Argo CD, settled Rollouts, converged proxies, watches',
    imports: [...DELIVERY, 'harness/process/pause.ts', 'harness/signing'],
  },
  'harness/stage': {
    what: 'a copy of the application for one trial: objects, behaviour, gateway log, error ledger',
    imports: [...DELIVERY, 'harness/process', 'k8s/workload/admin-port.ts'],
  },
  'harness/faults': {
    what: 'making a fault, withdrawing it, and seeing that what Git declares holds again',
    imports: [...DELIVERY, 'harness/delivery', 'k8s/workload/server-certificate.ts'],
  },
  'harness/claims': {
    what: 'every kind of claim: a folder each; declarations and judges; judging in order; lint of a profile',
    imports: [
      ...DELIVERY.filter((room) => room !== 'harness/claims/declarations.ts'),
      'harness/process',
      'harness/stats',
      'harness/kyverno',
      'harness/admission',
      'harness/signing',
      'harness/delivery',
      'harness/stage',
      'harness/faults',
      'harness/capacity',
      'harness/capacity-trials',
      'harness/load/evidence/evidence-line.ts',
      'k8s/workload/hops.ts',
    ],
  },
  'harness/history': {
    what: 'earlier runs of a profile; the kept lines of runs, and what they say together',
    imports: ['harness/errors', 'harness/process', 'harness/stats', 'harness/run-directory', 'reports/model'],
  },
  'harness/bisect': {
    what: 'the use case `bisect`: the search, its journal, what it found in words',
    imports: ['harness/errors'],
  },
  'harness/forge': {
    what: 'where pull requests and issues live: the port, GitHub behind it, one note edited in place',
    imports: ['harness/errors'],
  },
  'harness/units': {
    what: 'render units: what one Application, ApplicationSet element, chart, kustomization or folder applies',
    imports: [
      'harness/errors',
      'harness/process',
      'harness/documents',
      'harness/pattern',
      'harness/lint',
      'harness/profile',
    ],
  },
  'harness/overlay': {
    what: "a stranger's repository by reference: the unit rendered, and every change that a run makes to it",
    imports: [
      'harness/errors',
      'harness/process',
      'harness/documents',
      'harness/lint',
      'harness/profile',
      'harness/units',
    ],
  },
  'harness/init': {
    what: "the use case `init`: from a stranger's render units to a profile with its overlay",
    imports: [
      'harness/errors',
      'harness/process',
      'harness/documents',
      'harness/lint',
      'harness/oracle',
      'harness/profile',
      'harness/units',
      'harness/overlay',
      'harness/premerge',
      'harness/rollouts/analysis-query.ts',
      'harness/claims/rollback-threshold/threshold-margin.ts',
      'harness/stats/inverted/fixed-sample.ts',
      'harness/verdict/split-expectation.ts',
    ],
  },
  'harness/premerge': {
    what: 'the use case `lint`: findings of all units, what a change does, baseline, ignore comments',
    imports: [
      'harness/errors',
      'harness/process',
      'harness/documents',
      'harness/lint',
      'harness/oracle',
      'harness/profile',
      'harness/units',
      'reports/model',
    ],
  },
  'harness/simulate-policy': {
    what: 'the use case `simulate`: the policy of a render unit, threads, the recommended change as a diff',
    imports: [
      'harness/errors',
      'harness/process',
      'harness/documents',
      'harness/lint',
      'harness/profile',
      'harness/simulation',
      'harness/units',
      'reports/model',
    ],
  },
  'harness/assert-split': {
    what: 'the use case `assert-split`',
    imports: [
      'harness/errors',
      'harness/documents',
      'harness/ports',
      'harness/run-directory',
      'harness/traffic',
      'harness/verdict',
      'reports/model',
    ],
  },
  'harness/capacity-trials': {
    what: 'a search for a capacity with real trials: each against its schedule, the instrument judged, what they come to',
    imports: [
      'harness/errors',
      'harness/documents',
      'harness/capacity',
      'harness/ports',
      'reports/model',
      'scenarios/shared/arrival-slots.ts',
    ],
  },
  'harness/find-capacity': {
    what: 'the use case `capacity`: preflight, the search, the report',
    imports: [
      'harness/errors',
      'harness/capacity',
      'harness/capacity-trials',
      'harness/ports',
      'harness/run-directory',
      'reports/model',
    ],
  },
  'harness/conform': {
    what: 'the use case `conform`: named steps with their own teardown, fault tours, the report of a run',
    imports: [
      ...DELIVERY,
      'harness/process',
      'harness/stats',
      'harness/delivery',
      'harness/stage',
      'harness/faults',
      'harness/claims',
      'harness/history',
      'harness/answerers',
    ],
  },
  'clusters/toolchain': {
    what: 'builds pinned programs into the cache',
    imports: ['harness/errors', 'harness/process', 'harness/ports'],
  },
  'clusters/images': {
    what: 'container images and the kind node image from those programs, without a registry',
    imports: ['harness/errors', 'harness/process', 'harness/ports', 'clusters/toolchain'],
  },
  'clusters/access': {
    what: "what several providers share: Git over HTTP, entering a pod's network, locks, ownership, the life cycle of machines",
    imports: CLUSTER.filter((room) => room !== 'clusters/access'),
  },
  'clusters/kind': { what: 'the kind provider, over its command line', imports: CLUSTER },
  'clusters/minikube': { what: 'the Minikube provider, over its command line', imports: CLUSTER },
  'clusters/existing': {
    what: "a user's cluster: pinned, leased for a run, changed only in what we made",
    imports: CLUSTER,
  },
  'clusters/local': {
    what: 'the embedded provider and its container runtime',
    imports: [...CLUSTER, 'clusters/toolchain/toolset.ts', 'harness/x509'],
  },
  'clusters/addons': {
    what: 'DNS, Istio, Argo CD, Argo Rollouts, Prometheus, Alertmanager, metrics-server, Jaeger, Kyverno, a registry, Unleash, each ready by condition',
    imports: ['harness/errors', 'harness/process', 'harness/ports', 'k8s/client', 'k8s/workload/server-certificate.ts'],
  },
  'k8s/client': {
    what: 'apply, watch, wait; the guard of writes to clusters of others',
    imports: ['harness/errors'],
  },
  'k8s/workload': {
    what: 'the stand-in service',
    imports: ['harness/errors', 'harness/process', 'harness/ports', 'harness/x509'],
  },
  'reports/model': { what: 'the document of a run, and what is read off it', imports: ['harness/errors'] },
  'reports/html': { what: 'the HTML report; formats and never computes a verdict', imports: ['reports/model'] },
  'reports/png': { what: 'the PNG set', imports: ['harness/errors', 'reports/model'] },
  'reports/text': { what: 'terminal, Markdown, annotations', imports: ['reports/model'] },
  'reports/junit': { what: 'JUnit', imports: ['reports/model'] },
  'reports/metrics': { what: 'metrics for Prometheus', imports: ['harness/errors', 'reports/model'] },
  'reports/sarif': { what: 'SARIF 2.1.0', imports: ['reports/model'] },
  reports: {
    what: "the writers' front door",
    imports: [
      'harness/errors',
      'reports/model',
      'reports/html',
      'reports/png',
      'reports/text',
      'reports/junit',
      'reports/metrics',
    ],
  },
};

/** What a claim's declaration, lint and plan may import, so that they load no cluster code. */
export const PURE_CLAIM_ROOMS: readonly string[] = [
  ...PURE,
  'harness/claims/claim-kind.ts',
  'harness/rollouts/rollout-object.ts',
  'harness/rollouts/analysis-query.ts',
  'harness/capacity/search/search-settings.ts',
  'harness/kyverno',
  'k8s/client/object.ts',
];

/** The composition root, the benchmarks and the test kit may import everything; nobody imports them. */
const FREE_ROOMS: readonly string[] = [
  'harness/cli',
  'harness/bench',
  'harness/fuzz',
  'harness/prove',
  'harness/testkit',
];

const isBelow = (file: string, room: string): boolean => file === room || file.startsWith(`${room}/`);

/** The innermost room that holds the file; undefined: in no table. */
export function roomOf(file: string): string | undefined {
  return [...Object.keys(ROOM_RULES), ...FREE_ROOMS]
    .filter((room) => isBelow(file, room))
    .sort((a, b) => b.length - a.length)[0];
}

/** `harness/claims/hpa/judge.ts` -> `harness/claims/hpa`. */
export function claimFolderOf(file: string): string | undefined {
  return /^harness\/claims\/[^/]+(?=\/)/.exec(file)?.[0];
}

/** Why a file may not import another; undefined when it may. */
export function importProblem(file: string, imported: string): string | undefined {
  const room = roomOf(file);
  if (room === undefined) return `${file}: its folder is in no room`;
  if (FREE_ROOMS.includes(room)) return undefined;
  const target = roomOf(imported);
  const from = claimFolderOf(file);
  const to = claimFolderOf(imported);
  if (from !== undefined && to !== undefined && from !== to) return `${file} imports another claim: ${imported}`;
  if (target === room) return undefined;
  const allowed = ROOM_RULES[room]?.imports.some((entry) => entry === imported || entry === target);
  return allowed ? undefined : `${file} imports ${imported}`;
}
