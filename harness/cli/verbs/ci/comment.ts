/** `comment`: one comment under a pull request, edited in place; without a token that may write, the same text as summary. */
import path from 'node:path';
import type { Command } from 'commander';
import { EXIT } from '../../../errors/harness-error.ts';
import { deliver, parseOutputs } from '../../talk/output-targets.ts';
import { appendStepSummary } from '../../talk/step-summary.ts';
import { collect, type TalkOptions, type VerbContext, wholeNumber, withTalkOptions } from '../verb.ts';

const FORMATS = ['human', 'markdown', 'json'] as const;

interface CommentOptions extends TalkOptions {
  readonly lint?: string;
  readonly run?: readonly string[];
  readonly history: string;
  readonly base?: string;
  readonly name: string;
  readonly repository?: string;
  readonly pull?: number;
}

/** Adds `comment`. Its action rejects with HarnessError: as parseOutputs, deliver and the service. */
export function defineComment(command: Command, { world, services, hidden, finish }: VerbContext): void {
  command
    .option('--lint <file>', 'what lint -o json=FILE wrote')
    .option('--run <dir>', 'directory of a run; repeatable', collect)
    .option('--history <dir>', 'kept runs, among them those of the base branch', 'history')
    .option('--base <ref>', 'the commit whose kept run a run is set beside (default: the newest kept run)')
    .option('--name <name>', 'of the comment: one of each name stands under a pull request', 'pull-request')
    .option('--repository <owner/name>', 'where the pull request is (default: GITHUB_REPOSITORY)')
    .option('--pull <number>', 'which pull request (default: as the runner says)', wholeNumber)
    .addHelpText(
      'after',
      `
The token is read from GITHUB_TOKEN. Without one, or with one that may only read (of a fork), the text goes to stdout and
into the summary of the step.

Example:
  canaryproof comment --lint lint.json --run runs/20261121-120320-7f3a91 --base origin/main

Exit codes: 0 posted, or shown where it may not be posted; 2 usage; 3 GitHub refused or did not answer; 5 a report is damaged.`,
    );
  withTalkOptions(command, FORMATS).action(async (options: CommentOptions) => {
    const targets = parseOutputs(options.output, FORMATS, world.cwd);
    for (const token of [world.env.GITHUB_TOKEN, world.env.GH_TOKEN]) if (token) hidden.addNamed('token', token);
    const absolute = (name: string) => path.resolve(world.cwd, name);
    const product = await services.comment({
      lint: options.lint === undefined ? undefined : absolute(options.lint),
      runs: (options.run ?? []).map(absolute),
      history: absolute(options.history),
      base: options.base,
      name: options.name,
      repository: options.repository,
      pullRequest: options.pull,
    });
    const { text, posted, why } = product;
    if (posted === undefined) await appendStepSummary(world, text);
    const said = posted === undefined ? text : `${posted.done} ${posted.url}\n`;
    for (const target of targets) {
      const content = { human: said, markdown: text, json: `${JSON.stringify(product, null, 2)}\n` }[target.format];
      await deliver(world, target, content);
    }
    if (why !== undefined && !options.quiet) world.stderr.write(`not posted: ${why}\n`);
    finish(EXIT.passed);
  });
}
