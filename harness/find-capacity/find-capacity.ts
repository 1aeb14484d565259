/**
 * `capacity`: the highest rate at which an HTTP endpoint holds an objective, as a bracket. Preflight, search, reports; no
 * cluster needed. Nothing is left behind when the input is wrong or nobody answers.
 */
import { mapStrings } from '../../reports/model/control-characters.ts';
import type { Arm } from '../capacity-trials/against-trials.ts';
import type { CapacityTrials } from '../capacity-trials/capacity-panel.ts';
import { conclude } from '../capacity-trials/conclude.ts';
import type { FastPath } from '../capacity-trials/fast-path.ts';
import type { CapacityQuestion } from '../capacity-trials/question.ts';
import type { TrialOrder } from '../capacity-trials/run-trial.ts';
import { type Measurement, prepareMeasurement } from '../capacity-trials/search-capacity.ts';
import type { SearchPorts, ToldTrial } from '../capacity-trials/search-end.ts';
import { environmentError, HarnessError } from '../errors/harness-error.ts';
import type { ComponentVersion } from '../ports/component.ts';
import type { LoadRunner } from '../ports/load.ts';
import type { Progress } from '../ports/progress.ts';
import type { RunProduct } from '../ports/run-product.ts';
import { recordProgress } from '../run-directory/recorded-progress.ts';
import type { RenderReports } from '../run-directory/remake-report.ts';
import { createRunDirectory, type RunDirectory } from '../run-directory/run-directory.ts';
import { againstCanary } from './against-canary.ts';
import { capacityReport } from './assemble-report.ts';
import type { CapacityInput } from './input.ts';

export interface CapacityPorts {
  /** One request on its own, to the subject or to the canary that is compared with it. */
  probe(arm: Arm): ReturnType<NonNullable<SearchPorts['probe']>>;
  prepareGenerator(
    progress: Progress,
  ): Promise<{ readonly component: ComponentVersion; createRunner(logDirectory: string): LoadRunner }>;
  readCpu: SearchPorts['readCpu'];
  /** A server that answers at once, for the generator alone. */
  openFastPath(): Promise<FastPath>;
  readonly render: RenderReports;
  readonly progress: Progress;
  readonly ownComponent: ComponentVersion;
  now(): number;
}

/**
 * @throws HarnessError of the search settings, ENDPOINT_FAILING, CAPACITY_LIMIT_UNREACHABLE, of the generator and of the
 * run directory. What happens after the directory was made is recorded there.
 */
export async function findCapacity(
  input: CapacityInput,
  ports: CapacityPorts,
  signal: AbortSignal,
): Promise<RunProduct> {
  const measurement = prepareMeasurement(input);
  await examine('stable', input.url, input, ports);
  if (input.against !== undefined) await examine('canary', input.against.url, input, ports);
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
    return await measure(input, ports, { measurement, generator, directory }, signal);
  } catch (error) {
    const code = error instanceof HarnessError ? error.code : 'INTERNAL';
    await directory.abandon({ code, message: error instanceof Error ? error.message : String(error) });
    ports.progress.note(`what was recorded until then is in ${directory.path}`);
    throw error;
  }
}

async function examine(arm: Arm, url: string, { objective }: CapacityInput, ports: CapacityPorts): Promise<void> {
  const step = ports.progress.step(`ask ${url}`);
  try {
    await ports.probe(arm); // pays for name look-up and the connection
    const answer = await ports.probe(arm);
    if (answer.status >= 400)
      throw environmentError('ENDPOINT_FAILING', `${url} answers HTTP ${answer.status} without any load`, {
        where: url,
        hint: 'Every request would be a bad one; give an address that answers.',
      });
    if (answer.durationMs > objective.limitMs)
      throw environmentError(
        'CAPACITY_LIMIT_UNREACHABLE',
        `${url} takes ${answer.durationMs.toFixed(0)} ms without any load, more than ${objective.text} allows`,
        { where: url, hint: 'Give an objective that one request alone meets.' },
      );
    step.done(`HTTP ${answer.status}, ${answer.durationMs.toFixed(1)} ms`);
  } catch (error) {
    step.fail('no usable answer');
    throw error;
  }
}

interface Prepared {
  readonly measurement: Measurement;
  readonly generator: Awaited<ReturnType<CapacityPorts['prepareGenerator']>>;
  readonly directory: RunDirectory;
}

async function measure(
  input: CapacityInput,
  ports: CapacityPorts,
  { measurement, generator, directory }: Prepared,
  signal: AbortSignal,
): Promise<RunProduct> {
  const startedAt = ports.now();
  const progress = recordProgress(ports.progress, directory.recordEvent, ports.now);
  const load = generator.createRunner(`${directory.path}/logs`);
  await using alone = await ports.openFastPath();
  const bench: Bench = { ...{ load, alone, progress, directory, input, ports, signal } };
  const stable = await search(bench, 'stable', input, measurement);
  const canary =
    input.against === undefined || signal.aborted
      ? undefined
      : await againstCanary(
          input,
          input.against,
          stable.conclusion,
          {
            ...{ load, progress, readCpu: ports.readCpu, now: ports.now },
            probe: (arm) => ports.probe(arm),
            place: (arm) => placeOf(input, arm),
            search: (question, arm) => search(bench, arm, question, prepareMeasurement(question)),
          },
          signal,
        );
  if (canary !== undefined) directory.recordEvent({ against: canary.row });
  const files = await directory.sealEvidence();
  const measured = capacityReport(input, {
    ...stable,
    id: directory.id,
    startedAt,
    finishedAt: ports.now(),
    interrupted: signal.aborted,
    components: [generator.component, ports.ownComponent],
    conclusion: canary?.conclusion ?? stable.conclusion,
    canary,
    files,
  });
  const report = mapStrings(measured, input.hide);
  const reports = await ports.render(report);
  await directory.finish(reports);
  return { report, directory: directory.path, files: reports };
}

interface Bench {
  readonly load: LoadRunner;
  readonly alone: FastPath;
  readonly progress: Progress;
  readonly directory: RunDirectory;
  readonly input: CapacityInput;
  readonly ports: CapacityPorts;
  readonly signal: AbortSignal;
}

/** One search, of the subject or of the canary, shown and recorded as it goes. */
async function search(
  { load, alone, progress, directory, input, ports, signal }: Bench,
  arm: Arm,
  question: CapacityQuestion,
  measurement: Measurement,
): Promise<CapacityTrials> {
  const { text } = question.objective;
  const step = progress.step(
    question.peak?.alone
      ? `hold the peak under ${text}`
      : `search for the capacity${arm === 'canary' ? ' of the canary' : ''} under ${text}`,
  );
  const trials: ToldTrial[] = [];
  const end = await measurement(
    placeOf(input, arm),
    {
      ...{ load, readCpu: ports.readCpu, now: ports.now, alone },
      probe: () => ports.probe(arm),
      live: (words) => step.update(words),
      tell(trial, words) {
        trials.push(trial);
        directory.recordEvent({ trial: { arm, ...summary(trial) } });
        step.update(words);
      },
    },
    signal,
  );
  const conclusion = conclude(question, end, trials);
  step.done(conclusion.sentence);
  return { end, trials, conclusion };
}

function placeOf(input: CapacityInput, arm: Arm): Pick<TrialOrder, 'target' | 'argvPrefix'> {
  const { method, argvPrefix } = input;
  const target = arm === 'canary' ? input.against!.target : input.target;
  return { target: { ...target, method, hosts: {} }, argvPrefix };
}

function summary({ phase, ratePerSecond, seconds, statistics, guards }: ToldTrial) {
  return { ...statistics, phase, ratePerSecond, seconds, guards };
}
