/** `simulate <profile|folder>`: how often would this policy roll back a good canary, and promote a bad one? */
import { type Command, Option } from 'commander';
import { renderSimulationPage } from '../../../../reports/html/simulation/simulation-page.ts';
import type { SimulationDocument } from '../../../../reports/model/simulation-report.ts';
import { simulationMarkdown } from '../../../../reports/text/simulation/simulation-markdown.ts';
import { EXIT, usageError } from '../../../errors/harness-error.ts';
import { TRAFFIC_LEVELS } from '../../../profile/simulation-block.ts';
import type { Part } from '../../../simulate-policy/parts/count-part.ts';
import type { BadCanaryAsk } from '../../../simulate-policy/settings.ts';
import { deliver, parseOutputs } from '../../talk/output-targets.ts';
import { createProgress } from '../../talk/progress-events.ts';
import { hasUnicode, progressReaderFor } from '../../talk/talk.ts';
import { collect, collectPairs, durationMs, type VerbContext, wholeNumber, withTalkOptions } from '../verb.ts';
import { badCanary } from './bad-canary.ts';
import { readRecorded } from './recorded-options.ts';
import { compareAndShow } from './side-by-side.ts';
import {
  figureOf,
  latencyOf,
  outageOf,
  partOf,
  rangeOf,
  shareOf,
  threadsOf,
  trafficOf,
  usersOf,
} from './simulate-arguments.ts';
import { requestOf, type SimulateOptions } from './simulate-request.ts';
import { simulationText } from './simulation-text.ts';

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
      '<profile|folder...>',
      'name or directory of a profile, or a folder of any repository: its manifests, kustomizations and charts are rendered; several are compared',
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
      '--latency <distribution|file>',
      'of a good version, or where it was measured: a file of bins or samples, a run directory (default: of the profile, or lognormal:median=80ms,sigma=.5)',
      latencyOf,
    )
    .option('--canary-latency <distribution|file>', 'of a bad canary (default: as --latency)', latencyOf)
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
    .option('--scrape-loss <share>', 'scrapes that fail, such as 5% (default: of the profile, or 0)', shareOf)
    .option(
      '--outage <what>',
      'canary, stable (its target cannot be scraped) or prometheus is away: canary,from=2m or prometheus,from=2m,for=1m',
      outageOf,
    )
    .option(
      '--users <count:requests>',
      'users, and requests of each in a promoted release (or 10000:5/1h): how many meet the canary',
      usersOf,
    )
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
    .option('--side-by-side', 'every policy of the folders on the same traffic, in tables (implied by several folders)')
    .option('--rollouts <count>', 'releases to simulate, good and bad each', wholeNumber, 10_000)
    .option(
      '--precision <share>',
      'stop when every probability is known to this relative half-width, such as 20%',
      shareOf,
    )
    .option('--threads <count>', 'how many; the result does not depend on it (default: one a processor)', threadsOf)
    .option('--part <index/count>', 'count only this part, such as 0/8, and print the counts for --merge', partOf)
    .option('--merge <file>', 'counts of one part, for each part once: the result of all, without simulating', collect)
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
  withTalkOptions(command, FORMATS).action((sources: readonly string[], options: SimulateOptions) =>
    sources.length > 1 || options.sideBySide
      ? compareAndShow(sources, options, context)
      : simulateAndShow(sources[0]!, options, context),
  );
}

async function simulateAndShow(source: string, options: SimulateOptions, context: VerbContext) {
  if (options.part) return countAndShow(source, options, options.part, context);
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

/** What a part counted is for `--merge`, not for people; no limit is judged by it. */
async function countAndShow(source: string, options: SimulateOptions, part: Part, context: VerbContext) {
  const { world, services, finish } = context;
  if (options.merge)
    throw usageError('SIMULATION_PART_MERGE', '--part counts and --merge puts together', { hint: 'Give one of them.' });
  const targets = parseOutputs(options.output, ['json'] as const, world.cwd);
  const request = requestOf(source, options, readRecorded(options, context));
  const readers = progressReaderFor(world, options);
  let text: string;
  try {
    text = await services.simulatePart(request, part, createProgress(world.now, readers));
  } finally {
    for (const reader of readers) reader.close();
  }
  for (const target of targets) await deliver(world, target, text);
  finish(EXIT.passed);
}
