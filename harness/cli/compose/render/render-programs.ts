/** The programs that render, each built or found only when a unit needs it. */
import type { Progress } from '../../../ports/progress.ts';
import type { RenderPrograms } from '../../../units/unit-model.ts';
import type { World } from '../../world.ts';

/** kustomize and helm as the pinned components have them, built on first use and once for all callers. */
export function renderPrograms(
  world: World,
  versions: Readonly<Record<string, string>>,
  progress: Progress,
): RenderPrograms {
  const asked = new Map<string, Promise<string>>();
  const ensured = async (name: string) => {
    // plain manifests need none of what builds programs, and answer sooner without it
    const { ensureComponents } = await import('../components.ts');
    const toolset = await ensureComponents(world, [name], versions, progress);
    return toolset.component(name).programs[name]?.path ?? name;
  };
  const program = (name: string) => {
    const found = asked.get(name) ?? ensured(name);
    asked.set(name, found);
    return found;
  };
  return { kustomize: () => program('kustomize'), helm: () => program('helm') };
}
