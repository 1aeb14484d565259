/**
 * Whether a flag is on for a user, as clients of Unleash decide it: any strategy that says so is enough, and a gradual rollout
 * takes those whose bucket (1 to 100, MurmurHash3 of group and user) is not above its percentage. What is not known here
 * (other strategies, constraints, segments, flags that depend on others) is off, as strategies are that a client does not know;
 * evaluate-flag.integration.test.ts holds it against the official client.
 */
import { z } from 'zod';
import { murmurHash32 } from './murmur-hash.ts';

const strategySchema = z.looseObject({
  name: z.string(),
  parameters: z.record(z.string(), z.unknown()).default({}),
  constraints: z.array(z.unknown()).default([]),
  segments: z.array(z.unknown()).default([]),
});
const flagSchema = z.looseObject({
  name: z.string(),
  enabled: z.boolean(),
  strategies: z.array(strategySchema).default([]),
  dependencies: z.array(z.unknown()).default([]),
});

/** What `/api/client/features` answers, as far as it is read. */
export const clientFeatures = z.looseObject({ features: z.array(flagSchema) });
export type Flag = z.output<typeof flagSchema>;
type Strategy = Flag['strategies'][number];

/** @param userId undefined: nobody says who it is @param draw one of 1 to 10001, for who is to be given a bucket by chance */
export function isFlagOn(flag: Flag, userId: string | undefined, draw: () => number = drawn): boolean {
  if (!flag.enabled || flag.dependencies.length > 0) return false;
  if (flag.strategies.length === 0) return true;
  return flag.strategies.some((strategy) => isTaken(strategy, userId, draw));
}

function isTaken(
  { name, parameters, constraints, segments }: Strategy,
  userId: string | undefined,
  draw: () => number,
): boolean {
  if (constraints.length + segments.length > 0) return false;
  const said = (parameter: string) => String(parameters[parameter] ?? '');
  if (name === 'default') return true;
  if (name === 'userWithId')
    return (
      userId !== undefined &&
      said('userIds')
        .split(/\s*,\s*/)
        .includes(userId)
    );
  if (name !== 'flexibleRollout') return false;
  const stickiness = said('stickiness') || 'default';
  const id = stickiness === 'random' ? String(draw()) : idOf(stickiness, userId, draw);
  const percentage = Number(parameters.rollout);
  // Unleash's own pages always name a group; without one, clients use none, and not the flag's name
  return id !== '' && percentage > 0 && bucketOf(said('groupId'), id) <= percentage;
}

/** Empty: the field that it sticks to is not known, and the strategy takes nobody. */
function idOf(stickiness: string, userId: string | undefined, draw: () => number): string {
  if (stickiness === 'userId') return userId ?? '';
  return stickiness === 'default' ? userId || String(draw()) : '';
}

/** 1 to 100. */
export function bucketOf(groupId: string, id: string): number {
  return (murmurHash32(`${groupId}:${id}`) % 100) + 1;
}

function drawn(): number {
  return Math.round(Math.random() * 10_000) + 1;
}
