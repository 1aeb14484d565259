/** What the commits, the clients and the pods come to: pure. */
import type { LedgerReport } from '../../../reports/model/ledger-report.ts';
import type { FindingReport, SplitReport } from '../../../reports/model/run-report.ts';
import { seconds } from '../../documents/figures.ts';
import { unexplained } from '../../scene/claim-ledger.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { combineOutcomes, onEvidence } from '../../verdict/combine.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import type { Aborted } from './abort.ts';
import { type CanaryByCommitClaim, weightsAt } from './declaration.ts';
import type { StoppedClients, Versions } from './running-clients.ts';
import type { Stage } from './stages.ts';

export interface Walked {
  /** The steps and the revert, up to the first that was not proven. */
  readonly stages: readonly Stage[];
  /** Undefined: none was asked for, or a stage before it was not proven. */
  readonly aborted: Aborted | undefined;
  readonly seen: StoppedClients;
}

export interface Facts extends Walked {
  readonly versions: Versions;
  readonly pods: number;
  readonly touched: readonly string[];
  readonly ledger: LedgerReport;
  /** By the ledger: the layers that parted. */
  readonly blamed: readonly FindingReport[];
}

export function resultOf(claim: CanaryByCommitClaim, facts: Facts, durationMs: number): ClaimResult {
  const { stages, aborted, seen, pods, touched, ledger, versions } = facts;
  const results = [...seen.results];
  const books = results.map(([, result]) => result.books);
  const evidence: Outcome = books.some(({ outcome }) => outcome === 'invalid') ? 'invalid' : 'passed';
  const counted = countLost(facts);
  const back = takenBack(claim, facts);
  const outcome = combineOutcomes([
    ...seen.splits.map((split) => split.outcome),
    onEvidence(counted.lost > 0 ? 'failed' : 'passed', evidence),
    touched.length > 0 ? 'failed' : 'passed',
    ...(back ? [onEvidence(back.outcome, evidence)] : []),
  ]);
  const wrong = seen.splits.filter((split) => split.outcome !== 'passed');
  const lostSentence = `${counted.lost === 0 ? 'None' : counted.lost} of ${counted.requests} requests ${counted.lost === 1 ? 'was' : 'were'} lost.`;
  const podsSentence =
    touched.length === 0
      ? `All ${pods} pods are the same, none restarted.`
      : `Pods were replaced or restarted: ${touched.join(', ')}.`;
  const all = aborted?.stage ? [...stages, aborted.stage] : stages;
  return {
    claim: {
      ...{ id: claim.id, title: claim.title, outcome, durationMs },
      sentence: [
        ...wrong.map(({ title, sentence }) => `Clients, ${title}: ${sentence}`),
        walkedSentence(claim, stages, wrong),
        ...(back ? [back.sentence] : []),
        lostSentence,
        podsSentence,
      ].join(' '),
      details: all.map(({ name, sha, pushedMs, syncedMs, provenMs, isProven }) => ({
        label: name,
        value: `commit ${sha.slice(0, 12)}, Synced after ${seconds(syncedMs - pushedMs)}, ${isProven ? 'proven' : 'not proven'} after ${seconds(provenMs - pushedMs)}`,
      })),
    },
    books,
    splits: seen.splits,
    series: results.map(([path, result]) => result.series(path, versions.canary)),
    ledgers: [ledger],
    findings:
      outcome === 'failed' ? findingsOf(claim, facts, { wrong, back, ...counted, lostSentence, podsSentence }) : [],
  };
}

function walkedSentence(
  { canary, split }: CanaryByCommitClaim,
  stages: readonly Stage[],
  wrong: readonly SplitReport[],
) {
  const proven = stages.filter(({ isProven }) => isProven).map(({ name }) => name);
  const paths = split.paths.map(({ kind }) => kind).join(' and ');
  if (proven.length === 0) return `No commit of ${canary} was proven.`;
  return `${proven.join(', then ')}: each by a commit, and proven on ${paths} before the next${wrong.length > 0 ? ' was made' : ''}.`;
}

interface Counted {
  readonly lost: number;
  readonly requests: number;
}

/** An error that nobody told the program to make is lost as well. */
function countLost({ seen, aborted, versions }: Pick<Facts, 'seen' | 'aborted' | 'versions'>): Counted {
  let [lost, requests] = [0, 0];
  for (const { stream } of seen.results.values())
    for (const { status, version, ending, startMs } of stream.entries()) {
      requests += 1;
      if (status !== 0 && status < 500) continue;
      const isTold = aborted && startMs >= aborted.faultMs && version === versions.canary && ending === 'injected';
      if (!isTold) lost += 1;
    }
  return { lost, requests };
}

interface TakenBack {
  readonly outcome: Outcome;
  readonly sentence: string;
}

/** That only the stable version answers afterwards is a split of its own; here it is when the canary's last answer was. */
function takenBack({ abort, canary }: CanaryByCommitClaim, facts: Facts): TakenBack | undefined {
  const { aborted, seen, versions } = facts;
  if (!abort || !aborted) return undefined;
  const { faultMs, brokenMs, stage } = aborted;
  if (brokenMs === undefined || !stage)
    return {
      outcome: 'inconclusive',
      sentence: `${canary} was told to fail, and its clients saw no broken objective: no abort was made.`,
    };
  let lastMs = brokenMs;
  for (const { stream } of seen.results.values())
    for (const { version, startMs } of stream.entries())
      if (version === versions.canary && startMs > lastMs) lastMs = startMs;
  const tookMs = lastMs - brokenMs;
  const isInTime = tookMs <= abort.withinMs;
  return {
    outcome: isInTime ? 'passed' : 'failed',
    sentence: `${seconds(brokenMs - faultMs)} after ${canary} began to fail its clients saw the objective broken, and ${seconds(tookMs)} later, ${isInTime ? 'within' : 'not within'} ${seconds(abort.withinMs)}, it answered for the last time: ${seconds(stage.syncedMs - stage.pushedMs)} of it until the commit was synced.`,
  };
}

interface Red extends Counted {
  readonly wrong: readonly SplitReport[];
  readonly back: TakenBack | undefined;
  readonly lostSentence: string;
  readonly podsSentence: string;
}

/** Of a share that was not seen, the first layer that parts. */
function findingsOf(claim: CanaryByCommitClaim, facts: Facts, red: Red): readonly FindingReport[] {
  const common = { layer: 'observed', severity: 'error', where: claim.id } as const;
  const { stages, aborted, blamed, touched } = facts;
  const walked = [...stages, ...(aborted?.stage ? [aborted.stage] : [])];
  const rendered = walked.find(({ rendersTo }) => rendersTo);
  const failed = red.wrong.filter(({ outcome }) => outcome === 'failed');
  const errors = blamed.filter(({ severity }) => severity === 'error');
  const shares: readonly FindingReport[] = rendered?.rendersTo
    ? [
        {
          ...{ code: 'VALUES_WITHOUT_EFFECT', layer: 'git', severity: 'error', where: rendered.rendersTo.where },
          sentence: `After the commit of ${rendered.name} the repository renders to ${rendered.rendersTo.held}: ${claim.values ? `${claim.values.file} does not decide the weights` : 'something else decides the weights'}.`,
          hint: 'A constant in the template, another values file or a parameter of the Application stands in the way.',
        },
      ]
    : errors.length > 0
      ? errors
      : [
          unexplained(
            claim.split,
            weightsAt(claim, walked.at(-1)?.percent ?? 0),
            failed.map(({ path }) => path),
          ),
        ];
  return [
    ...(failed.length > 0 ? shares : []),
    ...(red.lost === 0
      ? []
      : [
          {
            ...{ ...common, code: 'CANARY_LOST_REQUESTS', sentence: red.lostSentence },
            hint: 'Look at the access logs of the proxies: NC or UH says that a subset had no endpoint when its weight came, UC that a pod closed.',
          },
        ]),
    ...(touched.length === 0
      ? []
      : [
          {
            ...{ ...common, layer: 'api' as const, code: 'CANARY_PODS_TOUCHED', sentence: red.podsSentence },
            hint: 'A value that the pod templates use as well, or a checksum annotation of the values, restarts pods at every commit.',
          },
        ]),
    ...(red.back?.outcome === 'failed'
      ? [
          {
            ...{ ...common, code: 'CANARY_NOT_TAKEN_BACK', sentence: red.back.sentence },
            hint: 'Argo CD looks at Git every three minutes unless a webhook tells it; the sentence says how long the sync took.',
          },
        ]
      : []),
  ];
}
