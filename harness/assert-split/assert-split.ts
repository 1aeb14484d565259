/**
 * `assert-split`: does any HTTP endpoint split its requests as declared? Preflight, load, verdict, reports; no cluster.
 *
 * Nothing is left behind when the input is wrong or nobody answers: the run directory is made only after that.
 */
import { mapStrings } from '../../reports/model/control-characters.ts';
import { HarnessError } from '../errors/harness-error.ts';
import type { ComponentVersion } from '../ports/component.ts';
import type { LoadRequest, LoadRunner } from '../ports/load.ts';
import type { Progress } from '../ports/progress.ts';
import type { RunProduct } from '../ports/run-product.ts';
import { recordProgress } from '../run-directory/recorded-progress.ts';
import type { RenderReports } from '../run-directory/remake-report.ts';
import { createRunDirectory, type RunDirectory } from '../run-directory/run-directory.ts';
import { runSplitPhase } from '../traffic/split-phase.ts';
import { withholdPass } from '../verdict/cut-short.ts';
import { type SplitExpectation, validateSplitExpectation } from '../verdict/split-judge.ts';
import { ASSERT_SPLIT_CLAIM, assertSplitReport } from './assemble-report.ts';
import type { AssertSplitInput } from './input.ts';
import { type Preflight, type Probe, preflightAnswer } from './preflight-answer.ts';

/** A load generator that is ready to run. */
export interface Generator {
  readonly component: ComponentVersion;
  createRunner(logDirectory: string): LoadRunner;
}

export interface AssertSplitPorts {
  readonly probe: Probe;
  /** Finds or builds the load generator. */
  prepareGenerator(progress: Progress): Promise<Generator>;
  /** Virtual users for a rate and the slowest usual answer. */
  planVus(ratePerSecond: number, usualMaxMs: number): number;
  readonly render: RenderReports;
  readonly progress: Progress;
  readonly ownComponent: ComponentVersion;
  now(): number;
}

const LOOK_EVERY = 20;
/** Under load an endpoint is slower than when it is asked once. */
const SLOWER_UNDER_LOAD = 5;
const LEAST_USUAL_MAX_MS = 100;

/**
 * @throws HarnessError of the expectation, of preflightAnswer, of the generator and of the run directory. What happens
 * after the directory was made is recorded there.
 */
export async function assertSplit(
  input: AssertSplitInput,
  ports: AssertSplitPorts,
  signal: AbortSignal,
): Promise<RunProduct> {
  const expectation: SplitExpectation = { arms: input.arms, ...input.assurance, lookEvery: LOOK_EVERY };
  validateSplitExpectation(expectation);
  const preflight = await examine(input, ports);
  const generator = await ports.prepareGenerator(ports.progress);
  signal.throwIfAborted();
  const directory = await createRunDirectory({
    parent: input.runsDirectory,
    kind: 'assert-split',
    command: input.command,
    hide: input.hide,
    now: ports.now,
  });
  try {
    return await measure(input, ports, { expectation, preflight, generator, directory }, signal);
  } catch (error) {
    const code = error instanceof HarnessError ? error.code : 'INTERNAL';
    await directory.abandon({ code, message: error instanceof Error ? error.message : String(error) });
    ports.progress.note(`what was recorded until then is in ${directory.path}`);
    throw error;
  }
}

async function examine(input: AssertSplitInput, ports: AssertSplitPorts): Promise<Preflight> {
  const step = ports.progress.step(`ask ${input.url}`);
  try {
    const preflight = await preflightAnswer(input.url, input.identify, ports.probe);
    const { status } = preflight.answer;
    step.done(`HTTP ${status} from ${preflight.identity}, ${preflight.latencyMs.toFixed(1)} ms`);
    if (!input.arms.some(({ name }) => name === preflight.identity))
      ports.progress.note(
        `the answer came from '${preflight.identity}', which is not among ${input.arms.map(({ name }) => name).join(', ')}; under load that fails the split at once`,
      );
    return preflight;
  } catch (error) {
    step.fail('no usable answer');
    throw error;
  }
}

interface Prepared {
  readonly expectation: SplitExpectation;
  readonly preflight: Preflight;
  readonly generator: Generator;
  readonly directory: RunDirectory;
}

async function measure(
  input: AssertSplitInput,
  ports: AssertSplitPorts,
  { expectation, preflight, generator, directory }: Prepared,
  signal: AbortSignal,
): Promise<RunProduct> {
  const startedAt = ports.now();
  const progress = recordProgress(ports.progress, directory.recordEvent, ports.now);
  const usualMaxMs = Math.max(LEAST_USUAL_MAX_MS, SLOWER_UNDER_LOAD * preflight.latencyMs);
  const load: LoadRequest = {
    phase: 'direct',
    ...input.target,
    method: input.method,
    hosts: {},
    identify: input.identify,
    ...(input.receiver === undefined ? {} : { receiver: input.receiver }),
    ratePerSecond: input.ratePerSecond,
    maxDurationMs: input.maxDurationMs,
    preAllocatedVus: ports.planVus(input.ratePerSecond, usualMaxMs),
    requestTimeoutMs: input.requestTimeoutMs,
    newConnectionPerRequest: input.newConnectionPerRequest,
  };
  const loadStartedAt = ports.now();
  const phase = await runSplitPhase(
    {
      id: 'direct',
      claimId: ASSERT_SPLIT_CLAIM,
      title: `split at ${input.url}`,
      path: 'direct',
      expectation,
      load,
      argvPrefix: input.argvPrefix,
      warmUpRequests: input.warmUpRequests,
      generatorCores: input.host.cpus,
      armOf: ({ identity }) => (identity === '' ? null : identity),
    },
    {
      load: generator.createRunner(`${directory.path}/logs`),
      samples: directory.createSamples('samples-direct.jsonl.gz'),
      progress,
      now: ports.now,
    },
    signal,
  );
  const finishedAt = ports.now();
  const files = await directory.sealEvidence();
  const measured = assertSplitReport(input, {
    id: directory.id,
    startedAt,
    loadStartedAt,
    finishedAt,
    interrupted: signal.aborted,
    components: [generator.component, ports.ownComponent],
    phase,
    judged: withholdPass({ outcome: phase.split.outcome, sentence: phase.split.sentence }, signal),
    files,
  });
  const report = mapStrings(measured, input.hide);
  const reports = await ports.render(report);
  await directory.finish(reports);
  return { report, directory: directory.path, files: reports };
}
