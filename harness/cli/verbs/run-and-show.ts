/** The shared course of the verbs that end in a run report: talk while it works, then show it and say how it ended. */
import path from 'node:path';
import type { Command } from 'commander';
import type { Progress } from '../../ports/progress.ts';
import type { RunProduct } from '../../ports/run-product.ts';
import { parseOutputs, RUN_FORMATS } from '../talk/output-targets.ts';
import { createProgress } from '../talk/progress-events.ts';
import { createEventLines, exitCodeOf, showRun } from '../talk/run-output.ts';
import { progressReaderFor } from '../talk/talk.ts';
import type { TalkOptions, VerbContext } from './verb.ts';

/** Options of the verbs that make a run. */
export interface RunOptions extends TalkOptions {
  readonly pushMetrics?: string;
  readonly history?: string;
}

/** Adds `--push-metrics` and `--history`. */
export function withPushOption(command: Command): Command {
  return command
    .option(
      '--push-metrics <url>',
      'send the metrics of the run to this Pushgateway at the end (they are in metrics.prom anyway)',
    )
    .option('--history <dir>', 'keep a line a claim of this run in this folder, for `canaryproof history`');
}

/**
 * Progress is closed however the work ends. Rejects as parseOutputs, showRun, the work itself and the push of metrics.
 * @param work parses nothing more: every usage error must be thrown before it is called or at its very start
 */
export async function runAndShow(
  { world, services, finish, hidden }: VerbContext,
  options: RunOptions,
  work: (progress: Progress) => Promise<RunProduct>,
): Promise<void> {
  if (options.pushMetrics !== undefined) hidden.addUrl(options.pushMetrics);
  const targets = parseOutputs(options.output, RUN_FORMATS, world.cwd);
  const events = createEventLines(world, targets);
  const readers = [...progressReaderFor(world, options), events];
  let product: RunProduct;
  try {
    product = await work(createProgress(world.now, readers));
  } finally {
    for (const reader of readers) reader.close();
  }
  await showRun(world, targets, options, product, events);
  if (options.history !== undefined) {
    const folder = path.resolve(world.cwd, options.history);
    await services.keepRun({ folder, report: product.report, revision: undefined });
  }
  if (options.pushMetrics !== undefined) {
    const { pushMetrics } = await import('../../../reports/metrics/push-metrics.ts');
    await pushMetrics(options.pushMetrics, product.report);
  }
  finish(world.interruption.exitCode() ?? exitCodeOf(product));
}
