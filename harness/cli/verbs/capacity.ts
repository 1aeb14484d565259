/** `capacity`: the highest load at which any HTTP endpoint holds an objective; no cluster needed. */
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { ASSURANCE_LEVELS, type Assurance } from '../../documents/assurance.ts';
import { parseObjective } from '../../documents/response-objective.ts';
import { usageError } from '../../errors/harness-error.ts';
import { hideInUrls } from '../../errors/hidden-words.ts';
import { RUN_FORMATS } from '../talk/output-targets.ts';
import { readHeaders } from '../talk/request-headers.ts';
import type { CapacityRequest } from '../traffic-requests.ts';
import { readMethod, readUrl } from './assert-split.ts';
import { type PodOptions, readPods } from './capacity-pods.ts';
import { RUNS_DIRECTORY } from './conform-options.ts';
import { type RunOptions, runAndShow, withPushOption } from './run-and-show.ts';
import { collect, durationMs, positiveNumber, type VerbContext, wholeNumber, withTalkOptions } from './verb.ts';

interface CapacityOptions extends RunOptions, PodOptions {
  readonly url: string;
  readonly objective: string;
  readonly from: number;
  readonly max: number;
  readonly width?: number;
  readonly budget?: number;
  readonly assurance: Assurance;
  readonly arrivals: 'poisson' | 'paced';
  readonly seed: number;
  readonly generators: number;
  readonly peak?: number;
  readonly headroom?: number;
  readonly peakAlone?: boolean;
  readonly pulse?: boolean;
  readonly against?: string;
  readonly both?: boolean;
  readonly growth?: number;
  readonly method: string;
  readonly repeatable?: boolean;
  readonly header?: readonly string[];
  readonly headerEnv?: readonly string[];
  readonly connectTimeout: number;
  readonly k6?: string;
  readonly runDir: string;
}

const SEED = 20_261_128;
const HIGHEST_RATE = 100_000;
/** More processes on one machine carry no more. */
const MOST_GENERATORS = 8;
const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Adds `capacity`. Its action rejects with HarnessError (exit 2) CAPACITY_*, URL_*, METHOD_UNKNOWN before anything is
 * sent, and with those of runAndShow.
 */
export function defineCapacity(command: Command, context: VerbContext): void {
  command
    .requiredOption('--url <url>', 'where the requests go')
    .requiredOption(
      '--objective <objective>',
      'what must hold: p95<500ms, where an error is a bad answer too, or errors<1%',
    )
    .option('--from <requests/s>', 'rate of the first trial', positiveNumber, 10)
    .option('--max <requests/s>', 'no trial goes above this', positiveNumber, HIGHEST_RATE)
    .option('--width <percent>', 'width of the bracket (default: as the assurance says)', positiveNumber)
    .addOption(new Option('--budget <time>', 'longest search (default: as the assurance says)').argParser(durationMs))
    .addOption(
      new Option('--assurance <level>', 'width, time and confidence').choices(ASSURANCE_LEVELS).default('default'),
    )
    .addOption(
      new Option('--arrivals <kind>', 'paced: evenly spaced, which overstates the capacity')
        .choices(['poisson', 'paced'])
        .default('poisson'),
    )
    .option('--seed <number>', 'of the arrivals', wholeNumber, SEED)
    .option('--generators <number>', 'k6 processes that share the load of each trial', generatorCount, 1)
    .option('--peak <requests/s>', 'the load that must be held: passed, failed or inconclusive', positiveNumber)
    .option('--headroom <factor>', 'how many times the peak must be held (default: 1)', positiveNumber)
    .option('--peak-alone', 'only whether the peak is held: one long trial at that rate instead of a search')
    .option('--growth <percent>', 'growth of the peak per month, for a forecast', positiveNumber)
    .option('--replicas <number>', 'pods behind the address, for --take-back-at and --canary-steps', wholeNumber)
    .option(
      '--take-back-at <percent>',
      'could stable take the peak back at this canary weight, under dynamicStableScale?',
      positiveNumber,
    )
    .option(
      '--canary-steps <weights>',
      'does a canary hold its part of the peak at each, such as 10,25x1,50 (x1: with one pod)?',
    )
    .option('--hpa <min-max@percent>', 'autoscaler beside --canary-steps, such as 2-10@70')
    .option(
      '--measured <pods=requests/s>',
      'how many pods hold the peak, by what others held in earlier runs, such as 1=955,5=4315,10=7868',
    )
    .option('--pulse', 'afterwards: does it come back from 2 s of overload, under a load that it held?')
    .option('--against <url>', 'a canary: afterwards, is it worse under 0.8 of the load that --url holds?')
    .option('--both', 'beside --against: search the capacity of the canary as well, and say the ratio')
    .option('--method <verb>', 'request method', 'GET')
    .option('--repeatable', 'these requests may be sent many times although their method is not a safe one')
    .option('-H, --header <name: value>', 'request header, or @file with one a line; repeatable', collect)
    .option('--header-env <name: VARIABLE>', 'request header whose value is in the environment; repeatable', collect)
    .addOption(
      new Option('--connect-timeout <time>', 'longest wait for the first answer, before any load')
        .argParser(durationMs)
        .default(durationMs('5s'), '5s'),
    )
    .option('--k6 <path>', 'k6 2.x to use (default: CANARYPROOF_K6, then PATH, else it is built)')
    .option('--run-dir <dir>', 'folder in which the directory of this run is made', RUNS_DIRECTORY);
  withTalkOptions(withPushOption(command), RUN_FORMATS).action(async (options: CapacityOptions) => {
    const request = readRequest(options, context);
    await runAndShow(context, options, (progress) => context.services.capacity(request, progress));
  });
}

function readRequest(options: CapacityOptions, { world, commandLine, hidden }: VerbContext): CapacityRequest {
  const objective = parseObjective(options.objective);
  const url = readUrl(options.url);
  const method = readMethod(options.method);
  if (!SAFE_METHODS.includes(method) && options.repeatable !== true)
    throw usageError(
      'CAPACITY_NOT_REPEATABLE',
      `${method} may change something, and a search sends many thousands of them`,
      {
        where: '--method',
        hint: 'Add --repeatable if that is wanted.',
      },
    );
  const peak = readPeak(options);
  const given = { typed: options.header ?? [], fromEnvironment: options.headerEnv ?? [] };
  const headers = readHeaders(given, world, hidden);
  hidden.addUrl(url);
  return {
    url,
    shownUrl: hideInUrls(url),
    hide: (text) => hidden.hide(text),
    objective,
    fromRate: options.from,
    maxRate: options.max,
    width: options.width === undefined ? undefined : options.width / 100,
    budgetSeconds: options.budget === undefined ? undefined : options.budget / 1000,
    assurance: options.assurance,
    arrivals: options.arrivals,
    seed: options.seed,
    generators: options.generators,
    peak,
    pulse: options.pulse === true,
    against: readAgainst(options, hidden),
    method,
    headers,
    connectTimeoutMs: options.connectTimeout,
    k6: options.k6 === undefined ? undefined : path.resolve(world.cwd, options.k6),
    runsDirectory: path.resolve(world.cwd, options.runDir),
    command: commandLine,
  };
}

/** @throws HarnessError CAPACITY_AGAINST (exit 2), and of readUrl */
function readAgainst(
  { against, both, peakAlone }: CapacityOptions,
  hidden: VerbContext['hidden'],
): CapacityRequest['against'] {
  if (against === undefined) {
    if (both !== true) return undefined;
    throw usageError('CAPACITY_AGAINST', '--both is said of a canary', {
      where: '--both',
      hint: "Add --against with the canary's address.",
    });
  }
  if (peakAlone)
    throw usageError('CAPACITY_PEAK_ALONE', '--against needs a bracket, and --peak-alone seeks none', {
      where: '--peak-alone',
      hint: 'Leave --peak-alone out, or the other.',
    });
  const url = readUrl(against, '--against');
  hidden.addUrl(url);
  return { url, shownUrl: hideInUrls(url), both: both === true };
}

/** @throws InvalidArgumentError (USAGE_INVALID_ARGUMENT, exit 2) */
function generatorCount(value: string): number {
  const count = wholeNumber(value);
  if (count < 1 || count > MOST_GENERATORS)
    throw new InvalidArgumentError(`expected a whole number from 1 to ${MOST_GENERATORS}.`);
  return count;
}

function readPeak(options: CapacityOptions): CapacityRequest['peak'] {
  const { peak, headroom, growth, max, takeBackAt, replicas, canarySteps, hpa, peakAlone, measured } = options;
  if (peak === undefined) {
    const pods = { 'take-back-at': takeBackAt, 'canary-steps': canarySteps, hpa, replicas, measured };
    const said = { headroom, growth, 'peak-alone': peakAlone, ...pods };
    const [alone] = Object.entries(said).filter(([, value]) => value !== undefined);
    if (alone !== undefined)
      throw usageError('CAPACITY_PEAK_MISSING', `--${alone[0]} is said of a peak`, {
        hint: 'Add --peak REQUESTS_PER_SECOND.',
      });
    return undefined;
  }
  const factor = headroom ?? 1;
  if (peak * factor > max)
    throw usageError(
      'CAPACITY_PEAK_ABOVE_MAX',
      `the peak, ${peak}/s × ${factor}, is above --max ${max}/s, so it cannot be shown to be held`,
      { where: '--peak', hint: 'Raise --max.' },
    );
  if (peakAlone && (growth !== undefined || options.width !== undefined || options.pulse))
    throw usageError(
      'CAPACITY_PEAK_ALONE',
      '--growth, --width and --pulse need a bracket, and --peak-alone seeks none',
      {
        where: '--peak-alone',
        hint: 'Leave --peak-alone out, or the other.',
      },
    );
  return {
    ratePerSecond: peak,
    headroom: factor,
    alone: peakAlone === true,
    growth: growth === undefined ? undefined : growth / 100,
    ...readPods(options),
  };
}
