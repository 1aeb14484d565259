/** `simulate <profile|folder>`: how often would this policy roll back a good canary, and promote a bad one? */
import { type Command, Option } from 'commander';
import { renderSimulationPage } from '../../../../reports/html/simulation/simulation-page.ts';
import type { Latency, SimulationDocument } from '../../../../reports/model/simulation-report.ts';
import { simulationMarkdown } from '../../../../reports/text/simulation-markdown.ts';
import { EXIT, usageError } from '../../../errors/harness-error.ts';
import { TRAFFIC_LEVELS, type TrafficLevel } from '../../../profile/simulation-block.ts';
import type { BadCanaryAsk } from '../../../simulate-policy/settings.ts';
import { deliver, parseOutputs } from '../../talk/output-targets.ts';
import { createProgress } from '../../talk/progress-events.ts';
import { hasUnicode, progressReaderFor } from '../../talk/talk.ts';
import type { RecordedAsk, SimulateRequest } from '../../traffic-requests.ts';
import {
  collect,
  collectPairs,
  durationMs,
  type TalkOptions,
  type VerbContext,
  wholeNumber,
  withTalkOptions,
} from '../verb.ts';
import { badCanary } from './bad-canary.ts';
import { type RecordedOptions, readRecorded } from './recorded-options.ts';
import { figureOf, latencyOf, rangeOf, shareOf, trafficOf } from './simulate-arguments.ts';
import { simulationText } from './simulation-text.ts';

interface SimulateOptions extends TalkOptions, RecordedOptions {
  readonly at?: TrafficLevel;
  readonly errorRate?: number;
  readonly canaryErrorRate?: number;
  readonly latency?: Latency;
  readonly canaryLatency?: Latency;
  readonly bad?: readonly BadCanaryAsk[];
  readonly badFrom?: number;
  readonly badFor?: number;
  readonly arrivals?: 'poisson' | 'paced';
  readonly fano?: number;
  readonly scrape?: number;
  readonly approveAfter?: number;
  readonly rollout?: string;
  readonly unit?: string;
  readonly treatAs?: Readonly<Record<string, string>>;
  readonly precision?: number;
  readonly threads?: number;
  readonly recommend?: boolean;
  readonly varyThreshold?: boolean;
  readonly varySteps?: boolean;
  readonly rollouts: number;
  readonly seed: number;
  readonly maxFalse?: number;
  readonly maxMiss?: number;
}

const FORMATS = ['human', 'json', 'markdown', 'html'] as const;
const WRITERS: Readonly<Record<(typeof FORMATS)[number], (result: SimulationDocument, ascii: boolean) => string>> = {
  human: simulationText,
  json: (result) => `${JSON.stringify(result, null, 2)}\n`,
  markdown: simulationMarkdown,
  html: renderSimulationPage,
};
const EXIT_OF = { passed: EXIT.passed, failed: EXIT.failed, inconclusive: EXIT.inconclusive } as const;

export function defineSimulate(command: Command, context: VerbContext): void {
  command
    .argument(
      '<profile|folder>',
      'name or directory of a profile, or a folder of any repository: its manifests, kustomizations and charts are rendered',
    )
    .option(
      '--traffic <rate|file>',
      'requests of both versions together, such as 100/s, 30/m, or a recording.json (default: of the profile)',
      trafficOf,
    )
    .addOption(new Option('--at <level>', 'which traffic of the profile').choices(TRAFFIC_LEVELS))
    .option('--from-run <directory>', 'traffic and errors as an earlier run recorded them')
    .option('--load <name>', 'with --from-run: which load of it, where no fault was injected')
    .option('--from-prometheus <url>', 'traffic and errors as a Prometheus remembers them; written to a file first')
    .option('--range <time>', 'with --from-prometheus: how far back, such as 7d (default: 1d)', rangeOf)
    .option(
      '--select <selector>',
      "with --from-prometheus: a counter of requests with response_code (default: Istio's, of this Rollout)",
    )
    .option('-H, --header <header>', 'with --from-prometheus: a header, as curl has it; @file reads them', collect)
    .option('--header-env <name: variable>', 'with --from-prometheus: the value is in an environment variable', collect)
    .option('--record <file>', 'where the recording is written (--from-prometheus: recorded-traffic.json)')
    .option(
      '--error-rate <share>',
      'errors of a good version, such as .2% or 0.002 (default: of the profile, or 0)',
      shareOf,
    )
    .option(
      '--canary-error-rate <share>',
      'errors of a bad canary; without it only good canaries are simulated',
      shareOf,
    )
    .option(
      '--latency <distribution>',
      'of a good version (default: of the profile, or lognormal:median=80ms,sigma=.5)',
      latencyOf,
    )
    .option('--canary-latency <distribution>', 'of a bad canary (default: as --latency)', latencyOf)
    .option(
      '--bad <canary>',
      'another kind of bad canary, repeatable: errors=5% with pods=3, grows=5m, from-weight=50%, from=1m, for=5s; slow=5%,times=10',
      (text: string, before: readonly BadCanaryAsk[] | undefined) => [...(before ?? []), badCanary(text)],
    )
    .option(
      '--bad-from <time>',
      'the canary goes bad this long after the release began (default: bad from its first request)',
      durationMs,
    )
    .option('--bad-for <time>', 'and is good again after this (default: stays bad)', durationMs)
    .addOption(
      new Option('--arrivals <kind>', 'independent users (the default), or an evenly spaced generator').choices([
        'poisson',
        'paced',
      ]),
    )
    .option(
      '--fano <factor>',
      'variance over mean of the errors of one scrape interval: 1 independent, more in bursts',
      figureOf,
    )
    .option('--scrape <time>', "Prometheus' scrape interval (default: of the profile, or 15s)", durationMs)
    .option(
      '--approve-after <time>',
      'a human ends a pause without duration after this (default: of the profile, or 1m)',
      durationMs,
    )
    .option(
      '--treat-as <metric=treatment>',
      'a metric that cannot be simulated (job, web …): pass or ignore; repeatable',
      collectPairs,
    )
    .option('--rollout <name>', 'which Rollout, when the folder holds several')
    .option('--unit <name>', 'which kustomization, chart, folder or Application renders it, such as overlays/dev')
    .option('--rollouts <count>', 'releases to simulate, good and bad each', wholeNumber, 10_000)
    .option(
      '--precision <share>',
      'stop when every probability is known to this relative half-width, such as 20%',
      shareOf,
    )
    .option('--threads <count>', 'how many; the result does not depend on it (default: one a processor)', wholeNumber)
    .option('--seed <number>', 'the same seed gives the same bytes', wholeNumber, 1)
    .option('--max-false <share>', 'accepted share of good canaries that are stopped', shareOf)
    .option('--max-miss <share>', 'accepted share of bad canaries that are promoted', shareOf)
    .option('--recommend', 'search for a better policy, and print the change as a diff')
    .option('--vary-threshold', 'with --recommend: thresholds may change as well')
    .option('--vary-steps', 'with --recommend: pauses and the first weight may change as well')
    .addHelpText(
      'after',
      '\nExit codes: 0 within the limits (or none given), 1 a limit is broken, 2 bad input, 4 the interval straddles a limit.',
    );
  withTalkOptions(command, FORMATS).action((source: string, options: SimulateOptions) =>
    simulateAndShow(source, options, context),
  );
}

async function simulateAndShow(source: string, options: SimulateOptions, context: VerbContext) {
  const { world, services, finish } = context;
  const targets = parseOutputs(options.output, FORMATS, world.cwd);
  const request = requestOf(source, options, readRecorded(options, context));
  const readers = progressReaderFor(world, options);
  let result: SimulationDocument;
  try {
    result = await services.simulate(request, createProgress(world.now, readers));
  } finally {
    for (const reader of readers) reader.close();
  }
  for (const target of targets) {
    const ascii = target.path === undefined && !hasUnicode(world);
    await deliver(world, target, WRITERS[target.format](result, ascii));
  }
  finish(EXIT_OF[result.verdict]);
}

function requestOf(source: string, options: SimulateOptions, recorded: RecordedAsk | undefined): SimulateRequest {
  const { canaryErrorRate, canaryLatency, badFrom, badFor } = options;
  const isBad = canaryErrorRate !== undefined || canaryLatency !== undefined;
  if (!isBad && (badFrom !== undefined || badFor !== undefined))
    throw usageError('SIMULATION_FAULT_TIME', '--bad-from and --bad-for need a bad canary', {
      hint: 'Give --canary-error-rate or --canary-latency.',
    });
  if (canaryErrorRate === undefined && canaryLatency !== undefined && (badFrom !== undefined || badFor !== undefined))
    throw usageError('SIMULATION_FAULT_TIME', 'a slow canary is slow all the time', {
      hint: '--bad-from and --bad-for are for --canary-error-rate.',
    });
  const fault = {
    ...(badFrom === undefined ? {} : { fromMs: badFrom }),
    ...(badFor === undefined ? {} : { untilMs: (badFrom ?? 0) + badFor }),
  };
  const plain = { name: undefined, errorShare: canaryErrorRate, latency: canaryLatency, slow: undefined, fault };
  return {
    source,
    ask: {
      ratePerSecond: typeof options.traffic === 'number' ? options.traffic : undefined,
      at: options.at,
      errorShare: options.errorRate,
      latency: options.latency,
      arrivals: options.arrivals,
      fano: options.fano,
      scrapeIntervalMs: options.scrape,
      approvalMs: options.approveAfter,
      bad: [...(isBad ? [plain] : []), ...(options.bad ?? [])],
      treatAs: options.treatAs,
      rollout: options.rollout,
      unit: options.unit,
      maxFalse: options.maxFalse,
      maxMiss: options.maxMiss,
    },
    recorded,
    threads: options.threads,
    precision: options.precision,
    releases: options.rollouts,
    seed: options.seed,
    recommend: options.recommend
      ? { varyThreshold: options.varyThreshold === true, varySteps: options.varySteps === true }
      : undefined,
  };
}
