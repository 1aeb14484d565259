/**
 * The package as a library: `import { simulate } from 'canaryproof'`, so that a test of a policy can live in anybody's
 * test runner. Pure: no file, no clock, no network; the same options give the same result.
 */
import type { Latency } from '../../reports/model/simulation/latency.ts';
import type { SimulationReport } from '../../reports/model/simulation-report.ts';
import { usageError } from '../errors/harness-error.ts';
import { bucketBoundsMs } from '../lint/analysis/queries/latency-bounds.ts';
import { type ManifestObject, type ManifestSet, objectsOf, parseManifestSet } from '../lint/manifest-set.ts';
import { runHere } from '../simulation/batches.ts';
import { readPolicy } from '../simulation/policy.ts';
import { checkRecording, meansOf } from '../simulation/recorded-traffic.ts';
import { DEFAULT_CONTROLLER } from '../simulation/scenario.ts';
import { simulate as rounds } from '../simulation/simulate.ts';
import { objectionOf } from './lint-objection.ts';

export type { Latency, LognormalLatency, MeasuredLatency } from '../../reports/model/simulation/latency.ts';
export type {
  CandidatePoint,
  HeatCell,
  PolicyEdit,
  PolicyFigures,
  Recommendation,
} from '../../reports/model/simulation/recommendation.ts';
export type {
  Cause,
  CurvePoint,
  ExposedUsers,
  ReleaseSummary,
  ReplayedRelease,
  Share,
  TimeQuantile,
} from '../../reports/model/simulation/release-figures.ts';
export type { LimitVerdict, SimulationReport, SimulationWarning } from '../../reports/model/simulation-report.ts';

/** A canary that should be stopped. Shares 0 to 1, times in milliseconds after the beginning of the release. */
export interface BadCanaryOptions {
  /** Default: as a good one. */
  readonly errorShare?: number;
  readonly latency?: Latency;
  readonly fromMs?: number;
  readonly untilMs?: number;
  /** Rises evenly to `errorShare` within this time. */
  readonly growsForMs?: number;
  /** Only while it is ordered at least this share of the traffic. */
  readonly fromWeight?: number;
  /** Only one of so many pods. */
  readonly pods?: number;
  /** In words, for the report. */
  readonly name?: string;
}

export interface SimulateOptions {
  /** YAML with a Rollout and the AnalysisTemplates that it uses, or the objects themselves. */
  readonly manifests: string | readonly object[];
  /** Name; needed where the manifests hold several Rollouts. */
  readonly rollout?: string;
  /** Of objects that name none; default `default`. */
  readonly namespace?: string;
  /** Requests a second of both versions together; or `recording`. */
  readonly ratePerSecond?: number;
  /** Traffic as it was: counts of even intervals, in place of `ratePerSecond`, `errorShare`, `arrivals` and `fano`. */
  readonly recording?: {
    readonly intervalMs: number;
    readonly requests: readonly number[];
    readonly errors: readonly number[];
  };
  /** Of a good version, 0 to 1; default 0. */
  readonly errorShare?: number;
  /** Of a good version, assumed or measured; default lognormal with a median of 80 ms and sigma 0.5. */
  readonly latency?: Latency;
  /** One or several; without any only good canaries are simulated. */
  readonly bad?: BadCanaryOptions | readonly BadCanaryOptions[];
  readonly arrivals?: 'poisson' | 'paced';
  /** Variance over mean of the errors of one scrape interval; default 1, and a warning that it was not given. */
  readonly fano?: number;
  /** Default 15,000. */
  readonly scrapeIntervalMs?: number;
  /** Share of the scrapes that fail, 0 to 1; default 0. */
  readonly scrapeLoss?: number;
  /** The target of one version, or Prometheus itself, is away; milliseconds after the beginning of the release. */
  readonly outage?: {
    readonly of: 'canary' | 'stable' | 'prometheus';
    readonly fromMs: number;
    readonly untilMs?: number;
  };
  /** `requests` of each within `withinMs` (default: within a release that is promoted): how many meet the canary. */
  readonly users?: { readonly count: number; readonly requests: number; readonly withinMs?: number };
  /** How long a human takes at a pause without duration; default 60,000. */
  readonly approvalMs?: number;
  /** Of each kind; default 2,000. With `precision` the most. */
  readonly releases?: number;
  /** Relative half-width (0 to 1) at which the simulation stops. */
  readonly precision?: number;
  readonly seed?: number;
  /** Accepted shares, 0 to 1; the report's `verdict` says whether they are kept. */
  readonly maxFalse?: number;
  readonly maxMiss?: number;
  /** Search for a better policy; takes some hundred times as long. */
  readonly recommend?: boolean | { readonly varyThreshold?: boolean; readonly varySteps?: boolean };
}

const DEFAULT_LATENCY: Latency = { medianMs: 80, sigma: 0.5 };

/**
 * How often the policy stops a good canary and promotes a bad one.
 * @throws an Error with a stable `code` for bad input: SIMULATION_NO_ROLLOUT, SIMULATION_ROLLOUT_AMBIGUOUS and those that
 *   the command `simulate` ends with
 */
export function simulate(options: SimulateOptions): SimulationReport {
  const set = setOf(options);
  const rollout = rolloutOf(set, options.rollout);
  const templates = set.objects.filter(({ kind }) => kind === 'AnalysisTemplate' || kind === 'ClusterAnalysisTemplate');
  const source = {
    rollout: rollout.value,
    templates: templates.map(({ value }) => value),
    namespace: rollout.namespace,
  };
  const { recording } = options;
  if (recording) checkRecording(recording);
  const means = recording && meansOf(recording);
  const stable = {
    errorShare: options.errorShare ?? means?.errorShare ?? 0,
    latency: options.latency ?? DEFAULT_LATENCY,
  };
  const scrapeIntervalMs = options.scrapeIntervalMs ?? 15_000;
  const kinds = [options.bad ?? []].flat().map((bad) => badCanary(bad, stable));
  const { recommend } = options;
  const vary = typeof recommend === 'object' ? recommend : {};
  return runHere(
    rounds({
      policy: readPolicy(source.rollout, source.templates, source.namespace),
      scenario: {
        ...DEFAULT_CONTROLLER,
        approvalMs: options.approvalMs ?? DEFAULT_CONTROLLER.approvalMs,
        ratePerSecond: means?.ratePerSecond ?? options.ratePerSecond ?? 0,
        ...(recording ? { recording } : {}),
        arrivals: options.arrivals ?? 'poisson',
        fano: options.fano ?? 1,
        stable,
        canary: stable,
        scrapeIntervalMs,
        scrapeLoss: options.scrapeLoss,
        outage: options.outage,
        users: options.users,
        bucketBoundsMs: bucketBoundsMs(set),
      },
      bad: kinds[0],
      alsoBad: kinds.slice(1),
      releases: options.releases ?? 2000,
      precision: options.precision,
      seed: options.seed ?? 1,
      fanoKnown: options.fano !== undefined,
      maxFalse: options.maxFalse,
      maxMiss: options.maxMiss,
      recommend: recommend
        ? {
            source,
            varyThreshold: vary.varyThreshold === true,
            varySteps: vary.varySteps === true,
            objection: (edits) => objectionOf({ set, rollout, templates }, edits, scrapeIntervalMs),
          }
        : undefined,
    }),
  );
}

function setOf({ manifests, namespace = 'default' }: SimulateOptions): ManifestSet {
  if (typeof manifests === 'string') return parseManifestSet([{ path: 'manifests.yaml', text: manifests }], namespace);
  const positionOf = () => ({ path: 'manifests', line: 1, column: 1 });
  const objects = manifests.flatMap((value) => objectsOf('manifests', { value, positionOf }, namespace));
  return { files: [], objects, syntaxFindings: [], defaultNamespace: namespace };
}

function rolloutOf(set: ManifestSet, wanted: string | undefined): ManifestObject {
  const all = set.objects.filter(({ kind }) => kind === 'Rollout');
  const [found, second] = wanted === undefined ? all : all.filter(({ name }) => name === wanted);
  const [problem] = set.syntaxFindings;
  const hint = problem
    ? `${problem.where}: ${problem.sentence}`
    : `Rollouts: ${all.map(({ name }) => name).join(', ') || 'none'}.`;
  if (!found)
    throw usageError('SIMULATION_NO_ROLLOUT', `there is no Rollout ${wanted ?? 'in the manifests'}`, { hint });
  if (second) throw usageError('SIMULATION_ROLLOUT_AMBIGUOUS', 'there are several Rollouts in the manifests', { hint });
  return found;
}

function badCanary(
  { latency, errorShare, name, ...fault }: BadCanaryOptions,
  good: { readonly errorShare: number; readonly latency: Latency },
) {
  return {
    ...(name === undefined ? {} : { name }),
    fault: { errorShare: errorShare ?? good.errorShare, ...fault },
    latency: latency ?? good.latency,
  };
}
