/** Connects `conform` and `plan` with what renders: lint of a profile's files, its charts, its Kustomizations. */
import type { FindingReport } from '../../../../reports/model/run-report.ts';
import { profileLintOptions } from '../../../claims/lint-profile.ts';
import { usageError } from '../../../errors/harness-error.ts';
import type { Progress } from '../../../ports/progress.ts';
import { judgeProfileFiles } from '../../../premerge/judge-profile-files.ts';
import { runProgram } from '../../../process/run-program.ts';
import type { RepositoryFile } from '../../../profile/collect-repository.ts';
import type { Profile } from '../../../profile/profile.ts';
import type { RenderManifests } from '../../../scene/git-source.ts';
import { renderedCharts } from '../../../units/rendered-charts.ts';
import type { ConformRequest } from '../../cluster-requests.ts';
import type { World } from '../../world.ts';
import { ensureComponents } from '../components.ts';
import { renderPrograms } from './render-programs.ts';

/** `kustomize build` of a directory. */
export async function renderKustomization(
  world: World,
  request: ConformRequest,
  directory: string,
  progress: Progress,
): Promise<string> {
  const toolset = await ensureComponents(world, ['kustomize'], request.componentVersions, progress);
  const kustomize = toolset.component('kustomize').programs.kustomize?.path ?? 'kustomize';
  return (await runProgram([kustomize, 'build', directory])).stdout;
}

/** @throws HarnessError (exit 2) with the code of the first error, such as UNIT_NOT_RENDERED */
export function renderManifests(
  world: World,
  request: ConformRequest,
  profile: Profile,
  progress: Progress,
): RenderManifests {
  const programs = renderPrograms(world, request.componentVersions, progress);
  return async (files) => {
    const { files: rendered, problems } = await renderedCharts(files, profile.source.application, programs);
    const [first] = problems;
    if (first === undefined) return rendered;
    const { code, sentence, where, hint } = first;
    throw usageError(code, sentence, {
      ...(where === undefined ? {} : { where }),
      ...(hint === undefined ? {} : { hint }),
    });
  };
}

/** Findings of what the Application renders. */
export async function lintManifests(
  world: World,
  request: ConformRequest,
  profile: Profile,
  files: readonly RepositoryFile[],
  progress: Progress,
): Promise<FindingReport[]> {
  const programs = renderPrograms(world, request.componentVersions, progress);
  const source = { files, application: profile.source.application };
  return [...(await judgeProfileFiles(source, profileLintOptions(profile), programs))];
}
