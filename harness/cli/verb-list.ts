/** The verbs in the order of `--help`. */
import type { VerbEntry } from './verbs/verb.ts';

/** Each verb's file is read only when it is asked for, so that `--help` answers at once. */
export const VERBS: readonly VerbEntry[] = [
  {
    name: 'conform',
    summary: 'prove every claim of a profile on a fresh cluster',
    example: 'canaryproof conform bookinfo --claim bookinfo/split-90-10',
    load: async () => (await import('./verbs/conform.ts')).defineConform,
  },
  {
    name: 'assert-split',
    summary: 'prove the traffic split of any HTTP endpoint',
    example: 'canaryproof assert-split --url http://127.0.0.1:8080/ --expect v1=90,v2=10 --identify header:x-version',
    load: async () => (await import('./verbs/assert-split.ts')).defineAssertSplit,
  },
  {
    name: 'capacity',
    summary: 'find the highest load at which an HTTP endpoint holds an objective, as a bracket',
    example: "canaryproof capacity --url https://shop.example.com/ --objective 'p95<500ms'",
    load: async () => (await import('./verbs/capacity.ts')).defineCapacity,
  },
  {
    name: 'up',
    summary: 'bring a cluster up, or converge one that is there',
    example: 'canaryproof up --name staging',
    load: async () => (await import('./verbs/up.ts')).defineUp,
  },
  {
    name: 'down',
    summary: 'remove a cluster and everything it left',
    example: 'canaryproof down --name staging',
    load: async () => (await import('./verbs/down.ts')).defineDown,
  },
  {
    name: 'status',
    onlyReads: true,
    summary: 'list the clusters on this machine',
    example: 'canaryproof status',
    load: async () => (await import('./verbs/status.ts')).defineStatus,
  },
  {
    name: 'doctor',
    onlyReads: true,
    summary: 'say what this machine lacks, and how to get it',
    example: 'canaryproof doctor',
    load: async () => (await import('./verbs/doctor.ts')).defineDoctor,
  },
  {
    name: 'plan',
    onlyReads: true,
    summary: 'show what conform would do, and do none of it',
    example: 'canaryproof plan gridos --assurance smoke',
    load: async () => (await import('./verbs/plan.ts')).definePlan,
  },
  {
    name: 'init',
    summary: 'read a GitOps repository, and write a profile of what can be proven in it',
    example: 'canaryproof init --yes',
    load: async () => (await import('./verbs/init.ts')).defineInit,
  },
  {
    name: 'lint',
    onlyReads: true,
    summary: 'say what is wrong with a repository of manifests, and what a change to it does',
    example: 'canaryproof lint --changed-since origin/main -o sarif=lint.sarif',
    load: async () => (await import('./verbs/lint.ts')).defineLint,
  },
  {
    name: 'simulate',
    onlyReads: true,
    summary: 'how often would this policy roll back a good canary, and promote a bad one?',
    example: 'canaryproof simulate gridos --traffic 50/s --error-rate 0.2% --canary-error-rate 5%',
    load: async () => (await import('./verbs/simulate/simulate.ts')).defineSimulate,
  },
  {
    name: 'matrix',
    summary: 'run a profile on several releases of a component, and show which claims hold where',
    example: 'canaryproof matrix gridos --vary argo-rollouts=1.8.5,1.9.2',
    load: async () => (await import('./verbs/matrix/matrix.ts')).defineMatrix,
  },
  {
    name: 'bisect',
    summary: 'find the first release of a component, or the first commit, on which a claim fails',
    example: 'canaryproof bisect gridos --vary argo-rollouts=1.7.2..1.9.2 --claim canary-steps',
    load: async () => (await import('./verbs/ci/bisect.ts')).defineBisect,
  },
  {
    name: 'report',
    summary: 'remake the reports of a run, offline',
    example: 'canaryproof report runs/20261121-120320-7f3a91',
    load: async () => (await import('./verbs/report.ts')).defineReport,
  },
  {
    name: 'watch',
    onlyReads: true,
    summary: 'serve the growing report of a run on loopback, for a browser',
    example: 'canaryproof watch --latest',
    load: async () => (await import('./verbs/watch.ts')).defineWatch,
  },
  {
    name: 'images',
    summary: 'build the images of a kind cluster offline, list them, load them, remove them',
    example: 'canaryproof images build --only istiod',
    load: async () => (await import('./verbs/images.ts')).defineImages,
  },
  {
    name: 'toolchain',
    summary: 'the built programs as one file: for caches of CI, and for sites without a network',
    load: async () => (await import('./verbs/ci/toolchain.ts')).defineToolchain,
  },
  {
    name: 'compare',
    onlyReads: true,
    summary: 'set two runs side by side: the same claims, the same verdicts?',
    example: 'canaryproof compare runs/20261121-120320-7f3a91 --base origin/main',
    load: async () => (await import('./verbs/compare.ts')).defineCompare,
  },
  {
    name: 'history',
    summary: 'the kept runs of every claim: since when it fails, what changed there, what is flaky',
    load: async () => (await import('./verbs/ci/history.ts')).defineHistory,
  },
  {
    name: 'comment',
    summary: 'one comment under a pull request, edited in place: what the change does, and the verdicts',
    load: async () => (await import('./verbs/ci/comment.ts')).defineComment,
  },
  {
    name: 'schema',
    summary: 'print the JSON Schema of a document',
    example: 'canaryproof schema profile',
    load: async () => (await import('./verbs/schema.ts')).defineSchema,
  },
  {
    name: 'config',
    onlyReads: true,
    summary: 'show the flags that would count, and with --origin where each is from',
    example: 'canaryproof config print conform --origin',
    load: async () => (await import('./verbs/config.ts')).configOf(() => VERBS),
  },
  {
    name: 'completion',
    summary: 'a script that completes verbs and options in your shell',
    example: 'canaryproof completion bash > /etc/bash_completion.d/canaryproof',
    load: async () => (await import('./verbs/ci/completion.ts')).completionOf(() => VERBS),
  },
];
