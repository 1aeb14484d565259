/** Installs addons as soon as what they need is ready, side by side where they do not depend on each other. */
import { usageError } from '../../harness/errors/harness-error.ts';
import type { Progress } from '../../harness/ports/progress.ts';
import type { Addon, AddonContext } from './addon.ts';
import { alertmanager } from './alertmanager.ts';
import { argoRollouts } from './argo-rollouts.ts';
import { argocd } from './argocd.ts';
import { dns } from './dns.ts';
import { istio } from './istio.ts';
import { jaeger } from './jaeger.ts';
import { kyverno } from './kyverno.ts';
import { metricsServer } from './metrics-server.ts';
import { prometheus } from './prometheus.ts';
import { registry } from './registry.ts';
import { installSurroundings } from './surroundings.ts';
import { unleash } from './unleash.ts';

const ADDONS: readonly Addon[] = [
  ...[dns, istio, argocd, prometheus, argoRollouts],
  ...[alertmanager, metricsServer, jaeger, registry, kyverno, unleash],
];

/** The named addons and everything they need, each once, none before one that it waits for. */
export function selectAddons(names: readonly string[], known: readonly Addon[] = ADDONS): readonly Addon[] {
  const selected = new Map<string, Addon>();
  const add = (name: string): void => {
    const addon = known.find((candidate) => candidate.name === name);
    if (!addon)
      throw usageError('ADDON_UNKNOWN', `there is no addon "${name}"`, {
        hint: `Known addons: ${known.map((candidate) => candidate.name).join(', ')}.`,
      });
    for (const earlier of [...addon.needs, ...(addon.after ?? []).filter((one) => names.includes(one))]) add(earlier);
    selected.set(name, addon);
  };
  for (const name of names) add(name);
  return [...selected.values()];
}

/** Resolves when every addon is ready; rejects with the first failure after the others have stopped. */
export async function installAddons(
  names: readonly string[],
  context: Omit<AddonContext, 'step'>,
  progress: Progress,
  known: readonly Addon[] = ADDONS,
): Promise<void> {
  const running = new Map<string, Promise<void>>();
  for (const addon of selectAddons(names, known))
    running.set(
      addon.name,
      (async () => {
        await Promise.all([...addon.needs, ...(addon.after ?? [])].map((name) => running.get(name)));
        const step = progress.step(`addon ${addon.name}`);
        try {
          await addon.install({ ...context, step });
          step.done();
        } catch (error) {
          step.fail(error instanceof Error ? error.message : String(error));
          throw error;
        }
      })(),
    );
  const results = await Promise.allSettled(running.values());
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  const { client, signal, surroundings } = context;
  if (surroundings) await installSurroundings(surroundings, names, client, signal);
}
