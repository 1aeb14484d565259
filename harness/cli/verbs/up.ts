/** `up`: brings a cluster up, or converges the one that is there. */
import type { Command } from 'commander';
import { EXIT } from '../../errors/harness-error.ts';
import type { UpProduct } from '../cluster-requests.ts';
import { deliver, parseOutputs, TABLE_FORMATS } from '../talk/output-targets.ts';
import { createProgress } from '../talk/progress-events.ts';
import { progressReaderFor } from '../talk/talk.ts';
import { clusterName } from './cluster-name.ts';
import { addProviderOptions, type ProviderOptions, providerSettings } from './provider-options.ts';
import { collect, collectPairs, type TalkOptions, type VerbContext, withTalkOptions } from './verb.ts';

interface UpOptions extends TalkOptions, ProviderOptions {
  readonly name: string;
  readonly addon?: readonly string[];
  readonly component?: Readonly<Record<string, string>>;
  readonly keep?: boolean;
}

/** Of `up` and `down` alike, so that one undoes the other. */
export const DEFAULT_CLUSTER_NAME = 'canaryproof';
const DEFAULT_ADDONS = ['istio', 'argocd', 'prometheus'];

/**
 * Adds `up`. Its action rejects with HarnessError: OPTION_USELESS, as parseOutputs and deliver, and as the provider's
 * `up`.
 */
export function defineUp(command: Command, { world, services, finish }: VerbContext): void {
  addProviderOptions(command)
    .option('--name <cluster>', 'name of the cluster', clusterName, DEFAULT_CLUSTER_NAME)
    .option('--addon <name>', `what to install; repeatable (default: ${DEFAULT_ADDONS.join(', ')})`, collect)
    .option('--component <name=version>', 'another version of a component; repeatable', collectPairs)
    .option('--keep', 'leave a cluster that did not come up, to be looked at');
  withTalkOptions(command, TABLE_FORMATS).action(async (options: UpOptions) => {
    const targets = parseOutputs(options.output, TABLE_FORMATS, world.cwd);
    const settings = providerSettings(world, options);
    const readers = progressReaderFor(world, options);
    let product: UpProduct;
    try {
      product = await services.up(
        {
          name: options.name,
          provider: options.provider,
          addons: options.addon ?? DEFAULT_ADDONS,
          componentVersions: options.component ?? {},
          settings,
          keep: options.keep ?? false,
        },
        createProgress(world.now, readers),
      );
    } finally {
      for (const reader of readers) reader.close();
    }
    for (const target of targets)
      await deliver(
        world,
        target,
        target.format === 'json' ? `${JSON.stringify(product, null, 2)}\n` : describe(product),
      );
    finish(EXIT.passed);
  });
}

function describe(product: UpProduct): string {
  return [
    `cluster ${product.name} is up`,
    `  kubeconfig  ${product.kubeconfigPath}`,
    ...(product.ingressUrl ? [`  ingress     ${product.ingressUrl}`] : []),
    ...(product.prometheusUrl ? [`  prometheus  ${product.prometheusUrl}`] : []),
    ...product.components.map(({ name, version, origin }) => `  ${name} ${version} (${origin})`),
    '',
  ].join('\n');
}
