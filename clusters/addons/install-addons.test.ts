import { describe, expect, test } from 'vitest';
import { createSilentProgress } from '../../harness/testkit/fakes/silent-progress.ts';
import type { Addon, AddonContext } from './addon.ts';
import { installAddons, selectAddons } from './install-addons.ts';

const nothing: Omit<AddonContext, 'step'> = {
  client: {} as AddonContext['client'],
  signal: new AbortController().signal,
  componentFile: () => '',
  renderChart: async () => [],
  fastProbes: false,
};

/** Addons that write down when they begin and end, and end when they are told to. */
function fakes(needs: Readonly<Record<string, readonly string[]>>) {
  const log: string[] = [];
  const gates = new Map(Object.keys(needs).map((name) => [name, Promise.withResolvers<void>()]));
  const known = Object.entries(needs).map(
    ([name, needed]): Addon => ({
      name,
      needs: needed,
      async install() {
        log.push(`${name} begins`);
        await gates.get(name)?.promise;
        log.push(`${name} ends`);
      },
    }),
  );
  return { log, known, gate: (name: string) => gates.get(name)! };
}

describe('selectAddons', () => {
  test('what is needed comes first, each once', () => {
    const { known } = fakes({ mesh: [], store: [], app: ['mesh', 'store'], view: ['app', 'mesh'] });
    expect(selectAddons(['view', 'app', 'store'], known).map(({ name }) => name)).toEqual([
      'mesh',
      'store',
      'app',
      'view',
    ]);
    expect(selectAddons([], known)).toEqual([]);
  });

  test('what must come before where both are wanted does, and is not brought along otherwise', () => {
    const { known } = fakes({ mesh: [], controller: [] });
    const [mesh, controller] = known;
    const ordered = [{ ...controller!, after: ['mesh'] }, mesh!];
    const names = (wanted: readonly string[]) => selectAddons(wanted, ordered).map(({ name }) => name);
    expect(names(['controller', 'mesh'])).toEqual(['mesh', 'controller']);
    expect(names(['controller'])).toEqual(['controller']);
  });

  test('those that a profile may name exist', () => {
    const known = ['istio', 'argocd', 'prometheus', 'argo-rollouts', 'alertmanager', 'metrics-server', 'jaeger', 'dns'];
    expect(selectAddons(known).map(({ name }) => name)).toEqual(expect.arrayContaining(known));
  });

  test('an unknown one is bad input, and the known ones are listed', () => {
    expect(() => selectAddons(['istio', 'linkerd'])).toThrow(
      expect.objectContaining({ code: 'ADDON_UNKNOWN', exitCode: 2, hint: expect.stringContaining('istio') }),
    );
  });
});

describe('installAddons', () => {
  test('side by side, except where one needs another', async () => {
    const { log, known, gate } = fakes({ mesh: [], store: [], app: ['mesh'] });
    const progress = createSilentProgress();
    const done = installAddons(['app', 'store'], nothing, progress, known);
    await expect.poll(() => log).toEqual(['mesh begins', 'store begins']);
    gate('mesh').resolve();
    await expect.poll(() => log).toContain('app begins');
    gate('app').resolve();
    await expect.poll(() => log).toContain('app ends');
    gate('store').resolve();
    await done;
    expect(progress.told).toEqual(
      expect.arrayContaining(['done addon mesh: ', 'done addon store: ', 'done addon app: ']),
    );
  });

  test('a failure is reported when the others have settled, and nothing that needs it begins', async () => {
    const { log, known, gate } = fakes({ mesh: [], store: [], app: ['mesh'] });
    const progress = createSilentProgress();
    let settled = false;
    const done = installAddons(['app', 'store'], nothing, progress, known).finally(() => {
      settled = true;
    });
    done.catch(() => undefined);
    const broken = new Error('istiod does not start');
    gate('mesh').reject(broken);
    await expect.poll(() => progress.told).toContain('fail addon mesh: istiod does not start');
    expect(settled).toBe(false);
    gate('store').resolve();
    await expect(done).rejects.toBe(broken);
    expect(log).toEqual(['mesh begins', 'store begins', 'store ends']);
    expect(progress.told).not.toContain('start addon app');
  });

  test('an addon installs with a step of its own', async () => {
    const progress = createSilentProgress();
    const addon: Addon = { name: 'one', needs: [], install: async ({ step }) => step.update('half way') };
    await installAddons(['one'], nothing, progress, [addon]);
    expect(progress.told).toEqual(['start addon one', 'update addon one: half way', 'done addon one: ']);
  });
});
