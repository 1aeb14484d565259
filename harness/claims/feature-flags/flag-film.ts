/** What every user was answered while a flag was as declared, off, on again, and while Unleash was away. Pure. */
import type { FlagState } from '../../traffic/flag-answers.ts';
import type { Toggled } from './flag-server.ts';

export interface FlagAnswer {
  /** Unix milliseconds. */
  readonly startMs: number;
  /** 0 to one less than there are. */
  readonly user: number;
  /** `lost`: no answer, or an error; `unsaid`: the answer does not speak of the flag. */
  readonly state: FlagState | 'lost' | 'unsaid';
  readonly version: string | null;
  readonly connection: number;
}

/** Requests that began in between, both included; Unix milliseconds. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface FlagFilm {
  /** In start order. */
  readonly answers: readonly FlagAnswer[];
  readonly declared: Stretch;
  readonly toggledOff: Toggled;
  readonly off: Stretch;
  readonly toggledOn: Toggled;
  readonly again: Stretch;
  /** Undefined: Unleash was not taken away. */
  readonly away: Stretch | undefined;
}

export function answersIn({ answers }: Pick<FlagFilm, 'answers'>, { fromMs, toMs }: Stretch): readonly FlagAnswer[] {
  return answers.filter(({ startMs }) => startMs >= fromMs && startMs <= toMs);
}

export interface KnownUsers {
  /** Of those who were always answered alike. */
  readonly states: ReadonlyMap<number, 'on' | 'off'>;
  /** Who were answered `on` as well as `off`. */
  readonly flipped: ReadonlySet<number>;
  /** What each user was answered first, in the order in which they came. */
  readonly first: readonly FlagAnswer[];
}

/** What users got in a stretch in which nobody toggled anything. */
export function knownUsers(film: FlagFilm, stretch: Stretch): KnownUsers {
  const states = new Map<number, 'on' | 'off'>();
  const flipped = new Set<number>();
  const first: FlagAnswer[] = [];
  for (const answer of answersIn(film, stretch)) {
    const { user, state } = answer;
    if (state !== 'on' && state !== 'off') continue;
    const before = states.get(user);
    if (before === undefined) first.push(answer);
    else if (before !== state) flipped.add(user);
    states.set(user, before ?? state);
  }
  for (const user of flipped) states.delete(user);
  return { states, flipped, first };
}

/** Users of the stretch who were not answered as before; who flipped before is none of them. */
export function changedUsers(film: FlagFilm, stretch: Stretch, { states }: KnownUsers): ReadonlySet<number> {
  const changed = new Set<number>();
  for (const { user, state } of answersIn(film, stretch)) {
    const before = states.get(user);
    if (before !== undefined && state !== 'lost' && state !== 'unsaid' && state !== before) changed.add(user);
  }
  return changed;
}

/**
 * From Unleash's answer to the last request that began and was answered by the state before; 0: there was none.
 * @param until the end of the stretch that follows
 */
export function lagMs(
  film: FlagFilm,
  { askedMs, doneMs }: Toggled,
  until: number,
  isBefore: (answer: FlagAnswer) => boolean,
) {
  const last = answersIn(film, { fromMs: askedMs, toMs: until }).findLast(isBefore);
  return last === undefined ? 0 : Math.max(0, last.startMs - doneMs);
}
