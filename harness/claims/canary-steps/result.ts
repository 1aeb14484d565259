/** The result of a claim `canary-steps`: what was declared, what clients saw, and both on one timeline. Pure. */
import type { FindingReport, SplitReport, TimelineReport } from '../../../reports/model/run-report.ts';
import { seconds } from '../../documents/figures.ts';
import { releaseInWords } from '../../documents/references.ts';
import type { LayersRead } from '../../rollouts/layers/rollout-layers.ts';
import { type DeclaredRollout, declaredShares, rolloutStatus } from '../../rollouts/rollout-object.ts';
import type { RolloutWatch } from '../../rollouts/rollout-watch.ts';
import { versionShares } from '../../rollouts/version-share.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { heatMapOf, percentilesOf, trackOf } from '../../traffic/latency-bins.ts';
import type { RolloutLoadResult } from '../../traffic/recorded-load.ts';
import { combineOutcomes, onEvidence } from '../../verdict/combine.ts';
import type { UnhealthyInterval } from '../../verdict/environment-health.ts';
import type { CanaryStepsClaim } from './declaration.ts';
import type { PathSteps } from './step-verdict.ts';

interface StepRecord {
  readonly claim: CanaryStepsClaim;
  readonly rollout: DeclaredRollout;
  readonly layers: LayersRead;
  readonly stableVersion: string;
  readonly watch: RolloutWatch;
  readonly judged: readonly PathSteps[];
  readonly results: readonly RolloutLoadResult[];
  readonly analyses: NonNullable<ClaimResult['analyses']>;
  readonly commitMs: number;
  readonly durationMs: number;
  readonly end: string | undefined;
  /** The environment could not answer for a while between the commit and the end. */
  readonly stall: UnhealthyInterval | undefined;
}

export function canaryStepsResult(record: StepRecord): ClaimResult {
  const { claim, judged, results, end, analyses } = record;
  const books = results.map((result) => result.books);
  const splits: SplitReport[] = judged.flatMap((path) => path.splits);
  const replayed = analyses.flatMap(({ measurements }) => measurements);
  const disagreeing = replayed.filter(({ agrees }) => agrees === false).length;
  const seen: readonly FindingReport[] = [
    ...judged.flatMap((path) => path.findings),
    ...(end === 'promoted' ? [] : [notPromoted(record)]),
  ];
  // steps that all came are still not the declared ones where the controller, or its VirtualService, held something else
  // for a while, as clients saw; proxies that took their time on a busy machine are named where something else is wrong
  const { layers } = record;
  const isRed = layers.blame?.first.layer === 'controller' || layers.blame?.first.layer === 'api';
  const findings = seen.length > 0 || isRed ? layers.once(seen) : seen;
  const outcomes = judged.map((path, i) => onEvidence(path.outcome, results[i]!.books.outcome));
  // an analysis that saw the environment stand still judged that and not the version, and the steps after it never came
  const isSpoiled = end !== 'promoted' && (record.stall !== undefined || books.some((of) => of.outcome === 'invalid'));
  const outcome = combineOutcomes([
    ...(isSpoiled ? (['invalid'] as const) : outcomes),
    ...(end === 'promoted' || isSpoiled ? [] : ['failed' as const]),
    ...(disagreeing > 0 ? ['failed' as const] : []),
    // where the books are bad they say so, and the outcome with them
    ...(isRed && books.every(({ outcome: of }) => of !== 'invalid') ? ['failed' as const] : []),
  ]);
  const declared = declaredShares(record.rollout).map((share) => `${share * 100}`);
  return {
    claim: {
      id: claim.id,
      title: claim.title,
      outcome,
      sentence: [
        ...judged.map(({ sentence }) => sentence),
        ...[...findings, ...seen]
          .filter(({ code }) =>
            [layers.blame?.first.code, 'ROLLOUT_NOT_PROMOTED', 'ENVIRONMENT_STALLED'].includes(code),
          )
          .filter((finding, at, all) => all.indexOf(finding) === at)
          .map(({ sentence }) => sentence),
      ].join(' '),
      details: [
        { label: 'declared steps', value: `${declared.join(' → ')} %` },
        ...judged.flatMap(({ details }) => details),
        {
          label: 'oracle',
          value: `agrees with ${replayed.filter(({ agrees }) => agrees).length} of ${replayed.length} measurements`,
        },
        layers.detail,
      ],
      durationMs: record.durationMs,
    },
    splits,
    books,
    findings,
    timelines: [timeline(record)],
    analyses,
    heatMaps: [
      heatMapOf(
        `Latency across the rollout of ${claim.rollout.name}`,
        results[0]!.stream,
        trackOf(record.stableVersion),
      ),
    ],
    percentiles: [
      percentilesOf(`Latency by quantile, ${claim.rollout.name}`, results[0]!.stream, trackOf(record.stableVersion)),
    ],
  };
}

/** What Argo Rollouts says where a condition reads the first element of no elements. */
const EMPTY_ANSWER = 'slice index out of range';

function notPromoted({ claim, end, watch, stall, results }: StepRecord): FindingReport {
  const where = `Rollout ${claim.rollout.namespace}/${claim.rollout.name}`;
  if (stall)
    return {
      code: 'ENVIRONMENT_STALLED',
      layer: 'instrument',
      severity: 'error',
      sentence: `The rollout ${end === undefined ? 'did not end' : `was ${end}`} while the environment stood still (${stall.why}): that says nothing about the version.`,
      where,
      hint: 'The machine did something else: run it again on a quieter one, or with fewer claims at a time (--claim).',
    };
  const { version } = claim.release;
  const own = results.flatMap(({ stream }) => [...stream.entries()].filter((entry) => entry.version === version));
  const errors = own.filter(({ ending }) => ending === 'injected').length;
  const bad =
    errors === 0 ? '' : ` ${version} itself answered ${errors} of ${own.length} requests with a server error.`;
  const { message } = rolloutStatus(watch.rollout);
  const hints = [
    ...(message.includes(EMPTY_ANSWER) ? [`"${EMPTY_ANSWER}" means that a query had an empty answer.`] : []),
    errors === 0
      ? 'Nothing was wrong with its answers: look at its AnalysisRuns for too little traffic in a window, or a metric that is not there yet.'
      : 'A version with errors may be rolled back rightly: look at them first, and release one without.',
  ];
  return {
    code: 'ROLLOUT_NOT_PROMOTED',
    layer: 'observed',
    severity: 'error',
    sentence: `${version} was not promoted, but ${end ?? 'did not end'}: ${message}.${bad}`,
    where,
    hint: hints.join(' '),
  };
}

/** What was declared by the controller's writes, and what clients of every path got. */
function timeline({ claim, watch, judged, results, commitMs, stableVersion }: StepRecord): TimelineReport {
  const { version } = claim.release;
  const lane = (name: string, atMs: number, label: string, detail?: string) => ({
    atMs,
    lane: name,
    label,
    ...(detail === undefined ? {} : { detail }),
  });
  return {
    title: `Share of ${version} across the rollout of ${claim.rollout.name}`,
    arm: version,
    declared: versionShares(watch).map((step) => ({ ...step, layer: 'api' as const })),
    series: results.map((result, i) => result.series(claim.paths[i]!.kind, version)),
    events: [
      lane('Git', commitMs, releaseInWords(claim.release), `${stableVersion} → ${version}`),
      ...watch.statuses.map(({ atMs, status }) =>
        lane('Rollout', atMs, `${status.phase}, step ${status.stepIndex ?? '-'}`, status.message || undefined),
      ),
      ...[...watch.runs.values()].flatMap(({ object, phases }) =>
        phases.map(({ atMs, phase }) => lane('AnalysisRun', atMs, `${object.metadata.name} ${phase}`)),
      ),
      ...judged.flatMap(({ path, changes }) =>
        changes.map(({ atMs, lowMs, highMs, from, to }) =>
          lane(
            'observed',
            atMs,
            `${path}: ${from * 100} → ${to * 100} %`,
            `99 % set ${seconds(lowMs - atMs)} to +${seconds(highMs - atMs)}`,
          ),
        ),
      ),
    ].sort((a, b) => a.atMs - b.atMs),
  };
}
