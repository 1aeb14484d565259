/** `init [PATH|URL]`: from somebody's GitOps repository to a profile, and what a run changes for it; no cluster. */
import path from 'node:path';
import { type Command, Option } from 'commander';
import { onOneLine } from '../../../reports/model/control-characters.ts';
import { EXIT } from '../../errors/harness-error.ts';
import type { InitProduct } from '../../init/init-repository.ts';
import { DEFAULT_ANSWERS } from '../../init/questions.ts';
import { deliver, parseOutputs, TABLE_FORMATS } from '../talk/output-targets.ts';
import { createProgress } from '../talk/progress-events.ts';
import { progressReaderFor } from '../talk/talk.ts';
import { askedQuestions } from './init-questions.ts';
import { type TalkOptions, type VerbContext, withTalkOptions } from './verb.ts';

interface InitOptions extends TalkOptions {
  readonly to?: string;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly unit?: string;
  readonly values: readonly string[];
  readonly host?: string;
  readonly pauses?: 'real' | 'short';
}

export function defineInit(command: Command, { world, services, finish }: VerbContext): void {
  command
    .argument('[path]', 'folder of the repository, or its address', '.')
    .option('--to <folder>', 'where the profile goes (default: canaryproof in that folder)')
    .option('--force', 'write the profile.yaml and overlay.yaml of an earlier init anew')
    .option('-y, --yes', 'ask nothing: take every default (so does whoever is no terminal)')
    .option('--unit <name>', 'what is proven, as lint names it (default: the unit with the most to prove)')
    .option('--values <file...>', "values files for a chart, relative to the repository's root", [])
    .option('--host <name>', 'what clients outside ask for, where the manifests say * or nothing')
    .addOption(
      new Option('--pauses <how>', 'keep the pauses of steps, or fit them into 8 to 60 s (default: short)').choices([
        'real',
        'short',
      ]),
    )
    .addHelpText(
      'after',
      `
Nothing of the repository is changed, and no cluster is needed.
Exit codes: 0 a profile was written, 2 usage, or nothing to prove, 3 environment.`,
    );
  withTalkOptions(command, TABLE_FORMATS).action(async (from: string, options: InitOptions) => {
    const targets = parseOutputs(options.output, TABLE_FORMATS, world.cwd);
    const readers = progressReaderFor(world, options);
    const { ask } = world;
    const product = await services
      .init(
        {
          from,
          workingDirectory: world.cwd,
          to: options.to,
          force: options.force === true,
          unit: options.unit,
          valueFiles: options.values,
          host: options.host,
          pauses: options.pauses,
        },
        options.yes || !ask ? DEFAULT_ANSWERS : askedQuestions(ask),
        createProgress(world.now, readers),
      )
      .finally(() => {
        for (const reader of readers) reader.close();
      });
    for (const target of targets) {
      const shown = path.relative(world.cwd, product.directory) || '.';
      const text =
        target.format === 'json' ? JSON.stringify(product, null, 2) : inWords(product, shown).map(onOneLine).join('\n');
      await deliver(world, target, `${text}\n`);
    }
    finish(EXIT.passed);
  });
}

function inWords({ unit, candidates, proposal, findings }: InitProduct, directory: string): string[] {
  const others = candidates.filter((one) => one !== unit);
  const own = findings.filter(({ ofUnit, severity }) => ofUnit && severity !== 'info');
  const beside = findings.filter(({ ofUnit, severity }) => !ofUnit && severity !== 'info').length;
  return [
    `${directory}: profile ${proposal.name} of ${unit}`,
    ...(others.length > 0 ? [`  also possible, with --unit: ${others.join(', ')}`] : []),
    ...section(
      'Claims',
      proposal.claims.map(({ id, title }) => `${id}  ${String(title)}`),
    ),
    ...section(
      'Not proven',
      proposal.unprovable.map(({ what, why }) => `${what}: ${why}`),
    ),
    ...section(
      'Your manifests, except these',
      proposal.changes.map(({ reason, object, drop, add }) => {
        const target = object ?? drop ?? { kind: add!.kind, name: (add!.metadata as { name: string }).name };
        const how = drop ? 'dropped: ' : add ? 'added: ' : '';
        return `${target.kind} ${target.name}  ${how}${reason}`;
      }),
    ),
    ...section(
      'Stand-ins',
      proposal.images.map(({ image }) => image),
    ),
    ...section(
      'Lint',
      own.length === 0
        ? [`nothing about this unit${beside > 0 ? `; ${beside} findings about others (canaryproof lint)` : ''}`]
        : [
            ...own.map(({ severity, code, where = '', sentence }) => `${severity} ${code} ${where} ${sentence}`),
            ...(beside > 0 ? [`${beside} findings about other units: canaryproof lint`] : []),
          ],
    ),
    '',
    `Next: canaryproof conform ${quoted(directory)}`,
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function quoted(directory: string): string {
  const named = directory.includes('/') || directory.startsWith('.') ? directory : `./${directory}`;
  return /^[\w./-]+$/.test(named) ? named : `'${named.replaceAll("'", "'\\''")}'`;
}
