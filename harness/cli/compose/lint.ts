/** Connects `lint` with the programs that render, each built or found only when a unit needs it. */

import type { LintReport } from '../../../reports/model/lint-report.ts';
import type { Progress } from '../../ports/progress.ts';
import { type LintRequest, lintRepository } from '../../premerge/lint-repository.ts';
import { keepYoungObjectsFew } from '../../process/young-objects.ts';
import { profilesOfPaths } from '../../simulate-policy/profiles-of-paths.ts';
import type { RenderPrograms } from '../../units/unit-model.ts';
import { version } from '../version.ts';
import type { World } from '../world.ts';
import { renderPrograms } from './render/render-programs.ts';

/** Connects `lint` with the programs that render; each is built only when a manifest asks for it. */
export async function lint(world: World, request: LintRequest, progress: Progress): Promise<LintReport> {
  keepYoungObjectsFew();
  const programs = renderPrograms(world, {}, progress);
  const report = await lintRepository(request, programs, version);
  return { ...report, simulated: await simulated(request, programs) };
}

/** Of the profiles here that know their traffic; what simulates is read only for them. */
async function simulated({ paths }: LintRequest, programs: RenderPrograms): Promise<readonly string[]> {
  const sentences: string[] = [];
  for (const found of await profilesOfPaths(paths)) {
    if ('problem' in found) sentences.push(`not simulated: ${found.problem}`);
    else if (found.profile.simulation) {
      const { quoteProfile } = await import('../../simulate-policy/quote-profile.ts');
      sentences.push(...(await quoteProfile(found.profile, programs)));
    }
  }
  return sentences;
}
