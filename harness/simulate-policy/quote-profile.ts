/** What `plan` and `lint` say of a profile's policy where the profile knows its traffic; without a cluster, in bounded time. */
import { quoteSentences } from '../../reports/model/simulation/simulation-words.ts';
import { HarnessError } from '../errors/harness-error.ts';
import { bucketBoundsMs } from '../lint/analysis/queries/latency-bounds.ts';
import type { Profile } from '../profile/profile.ts';
import { readPolicy } from '../simulation/policy.ts';
import { quotePolicy } from '../simulation/quote.ts';
import type { RenderPrograms } from '../units/unit-model.ts';
import { findRollout } from './find-rollout.ts';
import { levelsOf, NOTHING_ASKED, settingsOf } from './settings.ts';
import { scenarioOf, sourceOf } from './simulate-policy.ts';

const SEED = 1;

/** One sentence for each rate; none without a block `simulation`; why not, where the policy cannot be simulated. */
export async function quoteProfile(profile: Profile, programs: RenderPrograms): Promise<readonly string[]> {
  const { simulation } = profile;
  if (!simulation) return [];
  try {
    const { rollout, unit } = simulation;
    const found = await findRollout({ source: profile, rollout, unit }, programs);
    const quotes = levelsOf(simulation).map((at) => {
      const settings = settingsOf({ ...NOTHING_ASKED, at }, profile);
      const source = sourceOf(found, settings.treatAs);
      const policy = readPolicy(source.rollout, source.templates, source.namespace);
      const scenario = scenarioOf(settings, bucketBoundsMs(found.set));
      return quotePolicy({ policy, scenario, bad: settings.bad, seed: SEED });
    });
    return [...found.inPart, ...quoteSentences(quotes)];
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    return [`not simulated: ${error.code}: ${error.message}`];
  }
}
