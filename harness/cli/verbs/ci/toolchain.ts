/** `toolchain export|import FILE`: the built programs as one file, for the caches of CI and for sites without a network. */
import path from 'node:path';
import type { Command } from 'commander';
import { EXIT } from '../../../errors/harness-error.ts';
import type { ToolchainProduct, ToolchainRequest } from '../../record-requests.ts';
import { deliver, parseOutputs, TABLE_FORMATS } from '../../talk/output-targets.ts';
import { createProgress } from '../../talk/progress-events.ts';
import { progressReaderFor } from '../../talk/talk.ts';
import { type TalkOptions, type VerbContext, withTalkOptions } from '../verb.ts';

interface ImportOptions extends TalkOptions {
  readonly sha256?: string;
}

/** Adds `toolchain` and its two actions; without one it prints its help and ends with exit 2. */
export function defineToolchain(command: Command, context: VerbContext): void {
  const { world, finish } = context;
  command
    .addHelpText(
      'after',
      `
Example:
  canaryproof toolchain export toolchain.canaryproof
  canaryproof toolchain import toolchain.canaryproof`,
    )
    .action(() => {
      command.outputHelp({ error: true });
      finish(EXIT.usage);
    });
  const exporting = command
    .command('export')
    .description('write installed components into one file; the same components give the same bytes')
    .argument('<file>', 'where to')
    .argument('[component...]', 'NAME or NAME=VERSION (default: everything that is installed)', []);
  withTalkOptions(exporting, TABLE_FORMATS).action(
    (file: string, components: readonly string[], options: TalkOptions) =>
      act(context, options, { action: 'export', file: path.resolve(world.cwd, file), components }),
  );
  const importing = command
    .command('import')
    .description('install the components of such a file, after all of it was checked')
    .argument('<file>', 'what export wrote')
    .option('--sha256 <hex>', 'refuse any file but the one with this hash, as export printed it');
  withTalkOptions(importing, TABLE_FORMATS).action((file: string, options: ImportOptions) =>
    act(context, options, { action: 'import', file: path.resolve(world.cwd, file), sha256: options.sha256 }),
  );
}

async function act({ world, services, finish }: VerbContext, options: TalkOptions, request: ToolchainRequest) {
  const targets = parseOutputs(options.output, TABLE_FORMATS, world.cwd);
  const readers = progressReaderFor(world, options);
  const product = await services.toolchain(request, createProgress(world.now, readers)).finally(() => {
    for (const reader of readers) reader.close();
  });
  for (const target of targets)
    await deliver(world, target, target.format === 'json' ? `${JSON.stringify(product, null, 2)}\n` : human(product));
  finish(EXIT.passed);
}

function human(product: ToolchainProduct): string {
  if (product.action === 'export')
    return `${product.file}\n${Math.round(product.bytes / 1024 ** 2)} MiB, ${product.components.length} components: ${product.components.join(', ')}\nsha256 ${product.sha256}\n`;
  const part = (what: string, names: readonly string[]) => (names.length === 0 ? '' : `${what}: ${names.join(', ')}\n`);
  return [
    part('installed', product.installed),
    part('there already', product.kept),
    part('of another version of canaryproof, passed over', product.passedOver),
    `sha256 ${product.sha256}\n`,
  ].join('');
}
