/** `status`: the clusters on this machine. */
import type { Command } from 'commander';
import { EXIT } from '../../errors/harness-error.ts';
import { deliver, parseOutputs, TABLE_FORMATS } from '../talk/output-targets.ts';
import { renderTable } from '../talk/text-table.ts';
import { type TalkOptions, type VerbContext, withTalkOptions } from './verb.ts';

/** Adds `status`. Its action rejects as parseOutputs and deliver. */
export function defineStatus(command: Command, { world, services, finish }: VerbContext): void {
  withTalkOptions(command, TABLE_FORMATS).action(async (options: TalkOptions) => {
    const targets = parseOutputs(options.output, TABLE_FORMATS, world.cwd);
    const clusters = await services.status();
    const rows = clusters.map(({ name, provider, state, createdAt, kubeconfigPath, detail }) => [
      name,
      provider,
      state,
      new Date(createdAt).toISOString(),
      kubeconfigPath,
      detail,
    ]);
    const human =
      rows.length === 0
        ? 'no clusters\n'
        : renderTable(['NAME', 'PROVIDER', 'STATE', 'CREATED', 'KUBECONFIG', 'DETAIL'], rows);
    for (const target of targets)
      await deliver(world, target, target.format === 'json' ? `${JSON.stringify(clusters, null, 2)}\n` : human);
    finish(EXIT.passed);
  });
}
