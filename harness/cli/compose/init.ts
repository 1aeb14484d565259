/** Connects `init` with the programs that render, each built or found only when a unit needs it. */
import { type InitProduct, type InitRequest, initRepository } from '../../init/init-repository.ts';
import type { InitQuestions } from '../../init/questions.ts';
import type { Progress } from '../../ports/progress.ts';
import { version } from '../version.ts';
import type { World } from '../world.ts';
import { renderPrograms } from './render/render-programs.ts';

export function init(
  world: World,
  request: InitRequest,
  questions: InitQuestions,
  progress: Progress,
): Promise<InitProduct> {
  return initRepository(request, renderPrograms(world, {}, progress), questions, version);
}
