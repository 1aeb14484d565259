/**
 * `capacity`: the highest rate at which an HTTP endpoint holds an objective, as a bracket. Preflight, search, reports; no
 * cluster needed. Nothing is left behind when the input is wrong or nobody answers.
 */
import { mapStrings } from '../../reports/model/control-characters.ts';
import { CapacitySearch, type PlannedTrial } from '../capacity/search/capacity-search.ts';
import { environmentError, HarnessError } from '../errors/harness-error.ts';
import type { ComponentVersion } from '../ports/component.ts';
import type { LoadRunner } from '../ports/load.ts';
import type { Progress } from '../ports/progress.ts';
import type { RunProduct } from '../ports/run-product.ts';
import { recordProgress } from '../run-directory/recorded-progress.ts';
import type { RenderReports } from '../run-directory/remake-report.ts';
import { createRunDirectory, type RunDirectory } from '../run-directory/run-directory.ts';
import { capacityReport } from './assemble-report.ts';
import { conclude, type SearchEnd, type ToldTrial } from './conclude.ts';
import type { CapacityInput } from './input.ts';
import { runTrial, type TrialPorts } from './run-trial.ts';

export interface CapacityPorts {
  /** One request on its own. */
  readonly probe: () => Promise<{ readonly status: number; readonly durationMs: number }>;
  prepareGenerator(
    progress: Progress,
  ): Promise<{ readonly component: ComponentVersion; createRunner(logDirectory: string): LoadRunner }>;
  readCpu: TrialPorts['readCpu'];
  readonly render: RenderReports;
  readonly progress: Progress;
  readonly ownComponent: ComponentVersion;
  now(): number;
}

/** Trials in a row that the instrument spoils before the search gives up. */
const MOST_INVALID = 3;
const CLEAN_ANSWERS = 5;
const SETTLE_MS = 60_000;

/**
 * @throws HarnessError of the search settings, ENDPOINT_FAILING, CAPACITY_LIMIT_UNREACHABLE, of the generator and of the
 * run directory. What happens after the directory was made is recorded there.
 */
export async function findCapacity(
  input: CapacityInput,
  ports: CapacityPorts,
  signal: AbortSignal,
): Promise<RunProduct> {
  const search = new CapacitySearch({ ...input, objectiveShare: input.objective.objectiveShare });
  await examine(input, ports);
  const generator = await ports.prepareGenerator(ports.progress);
  signal.throwIfAborted();
  const directory = await createRunDirectory({
    parent: input.runsDirectory,
    kind: 'capacity',
    command: input.command,
    hide: input.hide,
    now: ports.now,
  });
  try {
    return await measure(input, ports, { search, generator, directory }, signal);
  } catch (error) {
    const code = error instanceof HarnessError ? error.code : 'INTERNAL';
    await directory.abandon({ code, message: error instanceof Error ? error.message : String(error) });
    ports.progress.note(`what was recorded until then is in ${directory.path}`);
    throw error;
  }
}

async function examine(input: CapacityInput, ports: CapacityPorts): Promise<void> {
  const step = ports.progress.step(`ask ${input.url}`);
  try {
    await ports.probe(); // pays for name look-up and the connection
    const answer = await ports.probe();
    if (answer.status >= 400)
      throw environmentError('ENDPOINT_FAILING', `${input.url} answers HTTP ${answer.status} without any load`, {
        where: input.url,
        hint: 'Every request would be a bad one; give an address that answers.',
      });
    if (answer.durationMs > input.objective.limitMs)
      throw environmentError(
        'CAPACITY_LIMIT_UNREACHABLE',
        `${input.url} takes ${answer.durationMs.toFixed(0)} ms without any load, more than ${input.objective.text} allows`,
        { where: input.url, hint: 'Give an objective that one request alone meets.' },
      );
    step.done(`HTTP ${answer.status}, ${answer.durationMs.toFixed(1)} ms`);
  } catch (error) {
    step.fail('no usable answer');
    throw error;
  }
}

interface Prepared {
  readonly search: CapacitySearch;
  readonly generator: Awaited<ReturnType<CapacityPorts['prepareGenerator']>>;
  readonly directory: RunDirectory;
}

async function measure(
  input: CapacityInput,
  ports: CapacityPorts,
  { search, generator, directory }: Prepared,
  signal: AbortSignal,
): Promise<RunProduct> {
  const startedAt = ports.now();
  const progress = recordProgress(ports.progress, directory.recordEvent, ports.now);
  const load = generator.createRunner(`${directory.path}/logs`);
  const step = progress.step(`search for the capacity under ${input.objective.text}`);
  const trials: ToldTrial[] = [];
  const live = (text: string) => step.update(text);
  const end = await searchOn(
    { input, ports: { ...ports, progress }, load, search, signal, startedAt, live },
    (trial) => {
      trials.push(trial);
      directory.recordEvent({ trial: summary(trial) });
      step.update(told(trial, search));
    },
  );
  const conclusion = conclude(input, end, trials);
  step.done(conclusion.sentence);
  const files = await directory.sealEvidence();
  const measured = capacityReport(input, {
    id: directory.id,
    startedAt,
    finishedAt: ports.now(),
    interrupted: signal.aborted,
    components: [generator.component, ports.ownComponent],
    end,
    trials,
    conclusion,
    files,
  });
  const report = mapStrings(measured, input.hide);
  const reports = await ports.render(report);
  await directory.finish(reports);
  return { report, directory: directory.path, files: reports };
}

interface Searching {
  readonly input: CapacityInput;
  readonly ports: CapacityPorts;
  readonly load: LoadRunner;
  readonly search: CapacitySearch;
  readonly signal: AbortSignal;
  readonly startedAt: number;
  readonly live: (text: string) => void;
}

async function searchOn(on: Searching, tell: (trial: ToldTrial) => void): Promise<SearchEnd> {
  const { input, ports, search, signal } = on;
  let [number, invalid]: [number, readonly string[]] = [0, []];
  let spoiled = 0;
  for (;;) {
    const step = search.next((ports.now() - on.startedAt) / 1000);
    if ('done' in step) return step.done;
    number += 1;
    const trial = await oneTrial(on, step.run, number);
    tell(trial);
    if (trial.guards.includes('CAPACITY_INTERRUPTED') || signal.aborted)
      return { end: 'instrument', guards: trial.guards };
    spoiled = trial.guards.length > 0 ? spoiled + 1 : 0;
    invalid = trial.guards.length > 0 ? [...invalid, ...trial.guards] : [];
    if (spoiled >= MOST_INVALID) return { end: 'instrument', guards: invalid };
    if (spoiled === 0) search.observe(trial.statistics, trial.seconds);
    if (trial.statistics.estimate > input.objective.objectiveShare) await settle(on);
  }
}

async function oneTrial(
  { input, ports, load, signal, live }: Searching,
  planned: PlannedTrial,
  number: number,
): Promise<ToldTrial> {
  const { phase, ratePerSecond } = planned;
  const trial = await runTrial(
    {
      phase: `${phase}-${Number(ratePerSecond.toPrecision(4))}`,
      ratePerSecond,
      seconds: planned.seconds,
      looks: phase === 'pool' || phase === 'ends',
      arrivals: input.arrivals,
      // another stretch of arrivals for each trial, the same for the same seed
      seed: (input.seed + number * 7919) | 0,
      objective: input.objective,
      target: { ...input.target, method: input.method, hosts: {} },
      argvPrefix: input.argvPrefix,
    },
    {
      load,
      readCpu: ports.readCpu,
      live: ({ share, effectiveRequests }, elapsed) =>
        live(
          `${phase} ${ratePerSecond.toFixed(1)}/s · ${elapsed} s of ${planned.seconds.toFixed(0)} · ${(share * 100).toFixed(2)} % bad · n_eff ${effectiveRequests.toFixed(0)}`,
        ),
    },
    signal,
  );
  return { ...trial, phase, ratePerSecond };
}

/** After a bad trial: until the subject answers several times in a row as it should, for at most a minute. */
async function settle({ input, ports, signal }: Searching): Promise<void> {
  const until = ports.now() + SETTLE_MS;
  for (let clean = 0; clean < CLEAN_ANSWERS && ports.now() < until && !signal.aborted; ) {
    const answer = await ports.probe().catch(() => undefined);
    clean = answer !== undefined && answer.status < 400 && answer.durationMs <= input.objective.limitMs ? clean + 1 : 0;
  }
}

function told({ phase, ratePerSecond, statistics, guards }: ToldTrial, search: CapacitySearch): string {
  const share = `${(statistics.share * 100).toFixed(2)} % bad`;
  const soFar = search.soFar();
  const range = soFar === undefined ? '' : ` · so far ${soFar.low.toFixed(1)} to ${soFar.high.toFixed(1)}/s`;
  const invalid = guards.length === 0 ? '' : ` · says nothing: ${guards.join(', ')}`;
  return `${phase} ${ratePerSecond.toFixed(1)}/s · ${share} · n_eff ${statistics.effectiveRequests.toFixed(0)}${range}${invalid}`;
}

function summary({ phase, ratePerSecond, seconds, statistics, guards }: ToldTrial) {
  return { ...statistics, phase, ratePerSecond, seconds, guards };
}
