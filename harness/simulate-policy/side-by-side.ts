/** Several policies on the same traffic: what each is asked alone, and those that cannot be simulated with their reason. */
import path from 'node:path';
import type { ComparedPolicy } from '../../reports/model/simulation/side-by-side.ts';
import { HarnessError, usageError } from '../errors/harness-error.ts';
import type { Profile } from '../profile/profile.ts';
import type { RenderPrograms } from '../units/unit-model.ts';
import { type FoundRollout, findRollouts } from './find-rollout.ts';
import type { ThreadOptions } from './run-on-threads.ts';
import { type SimulatePolicyRequest, simulateFound } from './simulate-policy.ts';

export interface SideBySideRequest extends Omit<SimulatePolicyRequest, 'source' | 'rollout' | 'unit'> {
  /** Profiles, or absolute paths of files and folders; each may render several policies. */
  readonly sources: readonly (Profile | string)[];
}

/**
 * In the order of the sources, and of the names within one.
 * @throws HarnessError (exit 2) as findRollouts; that of the first policy when none could be simulated
 */
export async function simulateSideBySide(
  request: SideBySideRequest,
  programs: RenderPrograms,
  options: ThreadOptions,
): Promise<readonly ComparedPolicy[]> {
  const compared: ComparedPolicy[] = [];
  let first: unknown;
  let before = 0;
  const progress = (releases: number) => options.progress?.(before + releases);
  const policies = await policiesOf(request, programs);
  const names = namesOf(
    policies.map(({ found, asked: { source } }) => ({ name: found.rollout.name, unit: found.unit, source })),
  );
  for (const [index, { found, asked }] of policies.entries()) {
    const name = names[index]!;
    let counted = 0;
    try {
      const counting = {
        ...options,
        progress: (releases: number) => {
          counted = releases;
          progress(releases);
        },
      };
      const document = await simulateFound(found, asked, counting);
      compared.push({ policy: name, unit: found.unit, document, refused: null });
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      first ??= error;
      compared.push({
        policy: name,
        unit: found.unit,
        document: null,
        refused: { code: error.code, why: error.message },
      });
    }
    before += counted;
  }
  if (compared.every(({ document }) => document === null)) throw first;
  return compared;
}

async function policiesOf({ sources, ...rest }: SideBySideRequest, programs: RenderPrograms) {
  const found: { readonly found: FoundRollout; readonly asked: SimulatePolicyRequest }[] = [];
  for (const source of sources) {
    const block = typeof source === 'string' ? undefined : source.simulation;
    const treatAs = { ...block?.treatAs, ...rest.treatAs };
    const asked = { ...rest, source, treatAs, rollout: block?.rollout, unit: block?.unit };
    for (const one of await findRollouts(asked, programs)) found.push({ found: one, asked });
  }
  if (found.length < 2)
    throw usageError('SIMULATION_SIDE_BY_SIDE', `there is ${found.length === 0 ? 'no policy' : 'one policy'} here`, {
      hint: 'Give several profiles or folders, or one that renders several policies.',
    });
  return found;
}

interface Named {
  readonly name: string;
  readonly unit: string;
  readonly source: Profile | string;
}

/** Of the Rollout; where several bear one, with the profile or folder that it is from, and else the unit. */
export function namesOf(policies: readonly Named[]): readonly string[] {
  return policies.map((own) => {
    const same = policies.filter(({ name }) => name === own.name);
    if (same.length === 1) return own.name;
    const sources = [...new Set(same.map(({ source }) => source))];
    const from = sources.length === 1 ? [] : [shortest(own.source, sources)];
    const isOne = same.filter(({ source }) => source === own.source).length === 1;
    return `${own.name} (${[...from, ...(isOne ? [] : [own.unit])].join(', ')})`;
  });
}

/** As many of the last folders as tell it from the others. */
function shortest(source: Profile | string, sources: readonly (Profile | string)[]): string {
  if (typeof source !== 'string') return source.name;
  const tail = (from: Profile | string, count: number) =>
    typeof from === 'string' ? from.split(path.sep).slice(-count).join('/') : from.name;
  const deepest = source.split(path.sep).length;
  for (let count = 1; count < deepest; count += 1)
    if (sources.filter((other) => tail(other, count) === tail(source, count)).length === 1) return tail(source, count);
  return source;
}
