/** Load of so many users who take turns, with what each was answered; and the stretches of it that are judged. */
import { environmentError } from '../../errors/harness-error.ts';
import type { Scene } from '../../scene/scene.ts';
import { FLAG_IDENTIFY, flagReader } from '../../traffic/flag-answers.ts';
import { type RolloutLoadResult, startRolloutLoad } from '../../traffic/recorded-load.ts';
import { placeLoad } from '../../traffic/traffic-path.ts';
import type { FeatureFlagsClaim } from './feature-flags-claim.ts';
import type { FlagAnswer, Stretch } from './flag-film.ts';
import { askedOf } from './users.ts';

/** Beside what is judged: Unleash goes, starts, and is asked, on a machine that is busy. */
const SPARE_MS = 300_000;

export interface UserLoad {
  /** In start order. */
  readonly answers: readonly FlagAnswer[];
  /**
   * Resolves when so many requests that began from then on are answered.
   * @throws what the load throws; HarnessError LOAD_ENDED (exit 3)
   */
  stretch(fromMs: number, requests: number): Promise<Stretch>;
  stop(): Promise<RolloutLoadResult>;
}

/** @throws what placing the load throws */
export async function startUserLoad(claim: FeatureFlagsClaim, users: number, scene: Scene): Promise<UserLoad> {
  const id = claim.id.replaceAll('/', '-');
  const rate = scene.ratePerSecond ?? claim.path.ratePerSecond;
  const placed = await placeLoad(scene, id, claim.path, askedOf(claim, users, rate).durationMs + SPARE_MS);
  const stateOf = flagReader(claim.flag);
  const answers: FlagAnswer[] = [];
  let onAnswer = (): void => undefined;
  const load = startRolloutLoad(
    {
      ...{ id, title: claim.title, service: claim.service, versions: [] },
      placed: {
        ...placed,
        request: { ...placed.request, identify: FLAG_IDENTIFY, users: asUsers(claim, users, scene.now()) },
      },
      onInOrder({ sequence, startMs, status, identity, vu }, version) {
        const state = status === 0 || status >= 500 ? 'lost' : (stateOf(identity) ?? 'unsaid');
        answers.push({ startMs, user: sequence % users, state, version, connection: vu });
        onAnswer();
      },
    },
    scene,
  );
  return {
    answers,
    async stretch(fromMs, requests) {
      const seen = Promise.withResolvers<Stretch>();
      const look = (): void => {
        const last = answers.at(-1);
        const first = answers.at(-requests);
        if (first && last && first.startMs >= fromMs) seen.resolve({ fromMs, toMs: last.startMs });
      };
      onAnswer = look;
      look();
      const over = load.ended.then((): never => {
        throw environmentError('LOAD_ENDED', 'the load was over before everything was seen', {
          where: id,
          hint: 'Unleash took too long, or the machine is too busy: run again, and look at the timeline of the run.',
        });
      });
      return Promise.race([seen.promise, over]);
    },
    stop: () => load.stop(),
  };
}

/** Others each time, so that they are a sample, and not the users that somebody has tried it with. */
function asUsers({ user }: FeatureFlagsClaim, count: number, nowMs: number) {
  const prefix = `${nowMs.toString(36)}-`;
  return user.kind === 'header'
    ? { header: user.name, prefix, count }
    : { header: 'Cookie', prefix: `${user.name}=${prefix}`, count };
}
