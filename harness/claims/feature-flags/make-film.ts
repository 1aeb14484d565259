/** Switches the flag off and on again under load, and takes Unleash away; whatever happens, it is put back. */

import { environmentError } from '../../errors/harness-error.ts';
import type { Scene } from '../../scene/scene.ts';
import type { RolloutLoadResult } from '../../traffic/recorded-load.ts';
import { strategiesIn } from './declared-flag.ts';
import type { FeatureFlagsClaim } from './feature-flags-claim.ts';
import type { FlagFilm } from './flag-film.ts';
import type { FlagServer } from './flag-server.ts';
import { startUserLoad } from './user-load.ts';
import { ROUNDS } from './users.ts';

export interface MadeFilm {
  readonly film: FlagFilm;
  readonly load: RolloutLoadResult;
}

/** @throws what Unleash and the load throw; HarnessError FLAG_NOT_DELIVERED (exit 3); the scene's reason */
export async function makeFilm(
  claim: FeatureFlagsClaim,
  users: number,
  server: FlagServer,
  scene: Scene,
): Promise<MadeFilm> {
  const { flag, toggledWithinMs } = claim;
  await server.set(flag, await delivered(claim, scene));
  scene.recorder.event('harness', `flag ${flag} set as delivered`);
  const setMs = scene.now();
  let isOff = false;
  let isAway = false;
  const load = await startUserLoad(claim, users, scene);
  const toggle = async (on: boolean) => {
    isOff ||= !on;
    const toggled = await server.toggle(flag, on);
    isOff = !on;
    scene.recorder.event('harness', `flag ${flag} switched ${on ? 'on' : 'off'}`);
    return toggled;
  };
  const takeAway = async () => {
    isAway = true;
    await server.leave();
    scene.recorder.event('harness', 'Unleash taken away');
    return load.stretch(scene.now() + toggledWithinMs, ROUNDS.away * users);
  };
  try {
    const declared = await load.stretch(setMs + toggledWithinMs, ROUNDS.declared * users);
    const toggledOff = await toggle(false);
    const off = await load.stretch(toggledOff.doneMs + toggledWithinMs, ROUNDS.off * users);
    const toggledOn = await toggle(true);
    const again = await load.stretch(toggledOn.doneMs + toggledWithinMs, ROUNDS.again * users);
    const away = claim.servesLastKnown ? await takeAway() : undefined;
    const result = await load.stop();
    return {
      load: result,
      film: { answers: load.answers, ...{ declared, toggledOff, off, toggledOn, again, away } },
    };
  } catch (error) {
    // the first error matters more than one of the load
    await load.stop().catch(() => undefined);
    throw error;
  } finally {
    if (isAway) {
      await server.comeBack();
      scene.recorder.event('harness', 'Unleash is back');
    }
    if (isOff) await server.toggle(flag, true);
  }
}

/** As Argo CD has brought it into the cluster: what a pipeline would hand on to Unleash. */
async function delivered({ flag, declaredIn: { name, namespace } }: FeatureFlagsClaim, { client }: Scene) {
  const found = await client.get({ apiVersion: 'v1', resource: 'configmaps', namespace }, name);
  const strategies = strategiesIn(found?.data as Readonly<Record<string, unknown>> | undefined, flag);
  if (strategies) return strategies;
  throw environmentError('FLAG_NOT_DELIVERED', `ConfigMap ${namespace}/${name} in the cluster holds no flag ${flag}`, {
    where: `${namespace}/${name}`,
    hint: 'Git declares it there: see what the Application makes of it.',
  });
}
