/**
 * One simulation on several machines: each counts a part of the batches, and all parts together are the result of one
 * machine, byte for byte, because a release depends on the seed and its own number alone and counts add up.
 */
import { createHash, type Hash } from 'node:crypto';
import { usageError } from '../../errors/harness-error.ts';
import type { Batch, Rounds } from '../../simulation/batches.ts';
import type { ReleaseTally } from '../../simulation/release-counts.ts';

/** `index` 0 to `count` - 1, as an Indexed Job counts its pods. */
export interface Part {
  readonly index: number;
  readonly count: number;
}

export interface PartCounts {
  readonly part: Part;
  /** Of the program and of everything that was to be simulated: policy, traffic, seed, numbers of the releases. */
  readonly digest: string;
  /** By number of the batch. */
  readonly tallies: readonly (readonly [number, ReleaseTally])[];
}

export interface ReadPart extends PartCounts {
  /** Where it was read from, as the user named it. */
  readonly file: string;
}

/**
 * Only the batches of one part; what the others will have counted does not change which batches there are.
 * @param program its release: another one may simulate otherwise
 */
export function* countPart(rounds: Rounds<unknown>, part: Part, program: string): Rounds<PartCounts> {
  const tallies: [number, ReleaseTally][] = [];
  const hash = createHash('sha256').update(program);
  let at = 0;
  let next = rounds.next();
  while (!next.done) {
    const batches = next.value;
    const first = at;
    at += batches.length;
    addTo(hash, batches);
    const own = batches.map((_, index) => first + index).filter((number) => isOf(number, part));
    const counted = own.length === 0 ? [] : yield own.map((number) => batches[number - first]!);
    tallies.push(...own.map((number, index): [number, ReleaseTally] => [number, counted[index]!]));
    next = rounds.next(batches.map(standIn));
  }
  return { part, digest: hash.digest('hex'), tallies };
}

/**
 * @throws HarnessError (exit 2) SIMULATION_PARTS_INCOMPLETE, SIMULATION_PART_TWICE, SIMULATION_PART_OTHER: it was counted
 *   for another policy, other traffic, another seed or other numbers
 */
export function mergeParts<Result>(rounds: Rounds<Result>, parts: readonly ReadPart[], program: string): Result {
  checkSet(parts);
  const known = new Map(parts.flatMap(({ tallies }) => tallies));
  const hash = createHash('sha256').update(program);
  let at = 0;
  let gaps = 0;
  let next = rounds.next();
  while (!next.done) {
    addTo(hash, next.value);
    const tallies = next.value.map((batch, index) => {
      const tally = known.get(at + index);
      if (tally !== undefined && releasesOf(tally) === batch.count) return tally;
      gaps += 1;
      return standIn(batch);
    });
    at += next.value.length;
    next = rounds.next(tallies);
  }
  const digest = hash.digest('hex');
  for (const part of parts) if (part.digest !== digest) throw otherPart(part);
  // the right simulation, and yet not all of it: files that were edited
  if (gaps > 0 || known.size !== at)
    throw usageError('SIMULATION_PARTS_INCOMPLETE', `of ${at} batches ${gaps} are not counted whole`, {
      where: '--merge',
      hint: 'Make the parts again.',
    });
  return next.value;
}

/** In turn, shifted by one after every turn: else one part would have all good canaries and another all bad ones. */
function isOf(number: number, { index, count }: Part): boolean {
  return (number + Math.floor(number / count)) % count === index;
}

function addTo(hash: Hash, batches: readonly Batch[]): void {
  for (const batch of batches) hash.update(JSON.stringify(batch)).update('\n');
}

const releasesOf = ({ outcomes }: ReleaseTally) => Object.values(outcomes).reduce((sum, one) => sum + one, 0);

/** Keeps the simulation going where another part counts; nobody sees what comes of it. */
function standIn({ count }: Batch): ReleaseTally {
  const outcomes = { promoted: count, failed: 0, error: 0, paused: 0, stuck: 0 };
  return { outcomes, causes: [], late: 0, requests: 0, bad: 0, stopTimes: [], durations: [[0, count]] };
}

function checkSet(parts: readonly ReadPart[]): void {
  const [first] = parts;
  const count = first?.part.count ?? 0;
  const seen = new Map<number, string>();
  for (const { part, file } of parts) {
    if (part.count !== count)
      throw usageError('SIMULATION_PART_OTHER', `part ${words(part)} does not go with the ${count} of ${first!.file}`, {
        where: file,
        hint: 'Give --merge the parts of one simulation: --part with the same COUNT made all of them.',
      });
    const twin = seen.get(part.index);
    if (twin !== undefined)
      throw usageError('SIMULATION_PART_TWICE', `part ${words(part)} is in ${twin} already`, {
        where: file,
        hint: 'Give --merge each part once.',
      });
    seen.set(part.index, file);
  }
  const missing = Array.from({ length: count }, (_, index) => index).filter((index) => !seen.has(index));
  if (count === 0 || missing.length > 0)
    throw usageError('SIMULATION_PARTS_INCOMPLETE', `of ${count} parts these are missing: ${missing.join(', ')}`, {
      where: '--merge',
      hint: 'Each index needs its file: --part INDEX/COUNT makes one.',
    });
}

function otherPart({ part, file }: ReadPart): Error {
  return usageError('SIMULATION_PART_OTHER', `part ${words(part)} was counted for another simulation`, {
    where: file,
    hint: 'Give --merge the same release of canaryproof, manifests and options (traffic, errors, seed, --rollouts) as the parts had.',
  });
}

const words = ({ index, count }: Part) => `${index}/${count}`;
