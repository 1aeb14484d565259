/** Connects `lint` with the programs that render, each built or found only when a unit needs it. */
import type { LintReport } from '../../reports/model/lint-report.ts';
import type { Progress } from '../pipeline/ports.ts';
import { type LintRequest, lintRepository } from '../premerge/lint-repository.ts';
import type { RenderPrograms } from '../units/unit-model.ts';
import { ensureComponents } from './compose-cluster.ts';
import { version } from './version.ts';
import type { World } from './world.ts';

export function lint(world: World, request: LintRequest, progress: Progress): Promise<LintReport> {
  return lintRepository(request, renderPrograms(world, {}, progress), version);
}

export function renderPrograms(
  world: World,
  versions: Readonly<Record<string, string>>,
  progress: Progress,
): RenderPrograms {
  const asked = new Map<string, Promise<string>>();
  const program = (name: string) => {
    const found =
      asked.get(name) ??
      ensureComponents(world, [name], versions, progress).then(
        (toolset) => toolset.component(name).programs[name]?.path ?? name,
      );
    asked.set(name, found);
    return found;
  };
  return { kustomize: () => program('kustomize'), helm: () => program('helm') };
}
