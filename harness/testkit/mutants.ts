/**
 * Faults that somebody could make in the code that gives verdicts, each with the unit tests that must notice it.
 * `npm run mutants` makes them one after the other in a copy; one that no test notices fails the command.
 */
export interface Mutant {
  /** Path from the root of the package. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** What would be believed wrongly. */
  readonly why: string;
  /** Unit test files, from the root of the package; at least one of their tests must fail. */
  readonly tests: readonly string[];
}

const pipeline = (
  file: string,
  change: Pick<Mutant, 'find' | 'replace' | 'why'>,
  ...tests: readonly string[]
): Mutant => ({
  file: `harness/pipeline/${file}.ts`,
  ...change,
  tests: (tests.length === 0 ? [file] : tests).map((name) => `harness/pipeline/${name}.test.ts`),
});
const pure = (
  room: 'verdict' | 'lint',
  file: string,
  change: Pick<Mutant, 'find' | 'replace' | 'why'>,
  test = file,
): Mutant => ({
  file: `harness/${room}/${file}.ts`,
  ...change,
  tests: [`harness/${room}/${test}.test.ts`],
});

const JUDGES: readonly Mutant[] = [
  pipeline('claim-hpa', {
    find: "problems.length === 0 ? 'passed' : 'failed',",
    replace: "'passed',",
    why: 'hpa passes whatever the autoscaler does',
  }),
  pipeline('claim-hpa', {
    find: 'const lost = lostOf(high) + lostOf(low);',
    replace: 'const lost = lostOf(high);',
    why: 'requests lost while pods go are not counted',
  }),
  pipeline('claim-no-lost-request', {
    find: 'const lost = lostIn(ledger);',
    replace: 'const lost = 0 * lostIn(ledger);',
    why: 'lost requests are ignored',
  }),
  pipeline(
    'claim-verification',
    {
      find: 'await scene.pause(claim.lastingMs);',
      replace: '',
      why: 'the load does not last as long as the claim says',
    },
    'claim-verification-judge',
  ),
  pipeline(
    'claim-verification',
    {
      find: 'onEvidence(judged, books.outcome)',
      replace: 'judged',
      why: 'a verdict on a load that was not sent as asked',
    },
    'claim-verification-judge',
  ),
  pipeline(
    'alert-notifications',
    {
      find: '...(others.length > 0 ?',
      replace: '...(others.length > 1e9 ?',
      why: 'a fault may raise any number of other alerts',
    },
    'claim-alerts',
  ),
  pipeline('claim-alerts', {
    find: '...(fired && !resolved ?',
    replace: '...(fired && resolved === null ?',
    why: 'an alert that never ends is right',
  }),
  pipeline('claim-environments', {
    find: 'if (others.length > 0) return { met: false',
    replace: 'if (others.length > 9) return { met: false',
    why: 'a merge may move environments of other branches',
  }),
  pipeline('claim-rollout', {
    find: "outcome: 'failed',",
    replace: "outcome: 'passed',",
    why: 'a Rollout that cannot be watched passes without load',
  }),
  pipeline('claim-sidecars', {
    find: 'else if (!isPodReady(pod))',
    replace: 'else if (false)',
    why: 'pods need not be ready',
  }),
  pipeline('claim-recurse', {
    find: 'ignored.length === declared.length',
    replace: 'ignored.length > 0',
    why: 'the pitfall is shown by any object that is not managed',
  }),
  pipeline('claim-overlays', {
    find: "if (isAutomated(manifest) !== (approval === 'automatic'))",
    replace: 'if (false)',
    why: 'production may sync by itself',
  }),
  pipeline('claim-application', {
    find: 'object !== undefined && object.metadata.uid !== before.metadata.uid',
    replace: 'object !== undefined',
    why: 'an object that was never deleted counts as returned',
  }),
  pipeline('claim-commit', {
    find: "touched.length > 0 ? 'failed'",
    replace: "touched.length > 9 ? 'failed'",
    why: 'a commit of weights may restart pods',
  }),
  pipeline('claim-split', {
    find: "...(wrongLayer ? (['failed'] as const) : []),",
    replace: '',
    why: 'a layer that holds other weights than Git is forgiven',
  }),
  pipeline('claim-prometheus', {
    find: 'const outcome = combineOutcomes(verdicts.map(({ verdict }) => verdict.outcome));',
    replace: "const outcome = combineOutcomes(['passed', ...verdicts.map(() => 'passed' as const)]);",
    why: 'two witnesses always agree',
  }),
];

const TRUNCATED: readonly Mutant[] = [
  pipeline(
    'cut-short',
    {
      find: 'if (!signal.aborted) return undefined;',
      replace: 'if (signal !== undefined) return undefined;',
      why: 'no verdict is ever taken for cut short',
    },
    'judge-claim',
    'split-phase',
  ),
  pipeline(
    'judge-claim',
    {
      find: 'claim: withholdPass(result.claim, scene.signal)',
      replace: 'claim: result.claim',
      why: 'a run whose time is up during its last claim ends green',
    },
    'conform',
  ),
  pipeline('split-phase', {
    find: 'decidedInTime ? concluded : withholdSplitPass(concluded, signal)',
    replace: 'concluded',
    why: 'what an interruption leaves behind a request in flight may pass a split',
  }),
  pipeline(
    'assert-split-report',
    {
      find: 'outcome: measured.judged.outcome,\n    headline',
      replace: 'outcome: split.outcome,\n    headline',
      why: 'an interrupted assert-split is green',
    },
    'assert-split',
  ),
  pipeline(
    'conform-report',
    {
      find: "combineOutcomes([...claims.map((claim) => claim.outcome), 'inconclusive'])",
      replace: 'combineOutcomes(claims.map((claim) => claim.outcome))',
      why: 'an interrupted run whose claims passed is green',
    },
    'conform',
  ),
  {
    file: 'harness/cli/run-output.ts',
    find: '/^(Not judged|Cut short): the time budget/',
    replace: '/^Not judged: the time budget/',
    why: 'a time budget that ends inside a claim has not its own exit code',
    tests: ['harness/cli/run-output.test.ts'],
  },
  pipeline('conform', {
    find: "failure.code === 'CLUSTER_BUSY') return;",
    replace: "failure.code === 'CLUSTER_BUSY_') return;",
    why: 'a cluster that somebody else works on is removed',
  }),
  pipeline('conform', {
    find: "cleanup === 'on-success' && outcome !== 'passed'",
    replace: "cleanup === 'on-success' && outcome === 'failed'",
    why: 'the cluster of an undecided run is not kept',
  }),
];

const STATISTICS: readonly Mutant[] = [
  pure(
    'verdict',
    'split-expectation',
    {
      find: 'nightly: { margin: 0.01, alpha: 1e-6,',
      replace: 'nightly: { margin: 0.01, alpha: 1e-3,',
      why: 'nightly runs fail right splits a thousand times as often as published',
    },
    'published-assurance',
  ),
  pure(
    'verdict',
    'split-expectation',
    {
      find: 'default: { margin: 0.02, alpha: 1e-6, beta: 1e-3 }',
      replace: 'default: { margin: 0.02, alpha: 1e-6, beta: 1e-2 }',
      why: 'wrong splits pass ten times as often as published',
    },
    'published-assurance',
  ),
  pure('verdict', 'split-judge', {
    find: "if (evidence.n === 0) decide('inconclusive', 'no-requests');",
    replace: "if (evidence.n === 0) decide('passed', 'no-requests');",
    why: 'a split without a request passes',
  }),
  pure('verdict', 'split-judge', {
    find: 'index === undefined || arms[index]!.share === 0',
    replace: 'index === undefined',
    why: 'an arm of weight zero may answer',
  }),
  pure('verdict', 'books', {
    find: 'if (booked + interrupted < sent) {',
    replace: 'if (booked + interrupted + 1e9 < sent) {',
    why: 'samples may be lost on the way to the harness',
  }),
  pure('verdict', 'books', {
    find: 'if (droppedIterations > 0) {',
    replace: 'if (droppedIterations > 1e9) {',
    why: 'the offered load need not have been sent',
  }),
  pure('verdict', 'start-order', {
    find: 'if (sequence < next || waiting.has(sequence)) {',
    replace: 'if (sequence < next) {',
    why: 'a request that waits can be counted twice',
  }),
  pure('verdict', 'start-order', {
    find: 'latestEndMs - waiting.get(firstWaiting)!.startMs <= lostAfterMs',
    replace: 'latestEndMs - waiting.get(firstWaiting)!.startMs <= 1000 * lostAfterMs',
    why: 'one lost sample holds back all that came after it',
  }),
  pure('verdict', 'combine', {
    find: "['failed', 'invalid', 'inconclusive']",
    replace: "['invalid', 'failed', 'inconclusive']",
    why: 'an invalid claim hides one that failed',
  }),
  pure('verdict', 'combine', {
    find: "if (outcomes.length === 0) return 'inconclusive';",
    replace: "if (outcomes.length === 0) return 'passed';",
    why: 'nothing is a pass',
  }),
  pure('lint', 'lint-profile', {
    find: '!(automated?.selfHeal && automated.prune)',
    replace: '!(automated?.selfHeal || automated?.prune)',
    why: 'an Application that heals and never prunes is let through',
  }),
  pure('lint', 'lint-profile', {
    find: 'if ([...declared].every(([subset, weight]) => weights[subset] === weight))',
    replace: 'if (false)',
    why: 'a commit that changes nothing is let through',
  }),
];

export const MUTANTS: readonly Mutant[] = [...JUDGES, ...TRUNCATED, ...STATISTICS];
