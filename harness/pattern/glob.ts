/**
 * Globs of `directory.include` and `directory.exclude` as Argo CD reads them (github.com/gobwas/glob without
 * separators): `*` and `**` match anything, also slashes; `?` one character; `[abc]` or `[a-z]`, `!` in front negates;
 * `{one,two}` either, also nested; `\` takes the next character as it is. What gobwas refuses matches nothing, as in
 * Argo CD, which logs the error and goes on (util/glob, Match).
 *
 * All alternatives are followed at once (Thompson's construction): the time is the length of the glob times that of the
 * text, whatever the glob. A backtracking engine takes exponential time for a row of stars. Pure.
 */

type Test = (character: string) => boolean;

/** A state waits for a character, or forks to others without one. */
interface State {
  readonly test?: Test;
  readonly next: number[];
}

export interface Glob {
  matches(text: string): boolean;
}

/** Longest glob that is read; a longer one matches nothing. */
const LONGEST = 4096;

/** @returns undefined when it is no glob */
export function compileGlob(glob: string): Glob | undefined {
  const states = glob.length > LONGEST ? undefined : new GlobReader([...glob]).states();
  return states && { matches: (text) => run(states, text) };
}

export function matchesGlob(glob: string, text: string): boolean {
  return compileGlob(glob)?.matches(text) ?? false;
}

const ANYTHING: Test = () => true;

function run(states: readonly State[], text: string): boolean {
  // the last state is the end of the glob
  const end = states.length - 1;
  // a state is entered at most once for each character
  const enteredAt = new Int32Array(states.length).fill(-1);
  const open: number[] = [];
  let now: number[] = [];
  let then: number[] = [];
  enter(0, 0, now);
  let position = 0;
  for (const character of text) {
    position += 1;
    then.length = 0;
    for (const index of now) {
      const { test, next } = states[index] as State;
      if (test?.(character)) for (const following of next) enter(following, position, then);
    }
    if (then.length === 0 && enteredAt[end] !== position) return false;
    [now, then] = [then, now];
  }
  return enteredAt[end] === position;

  /** Follows forks to every state that waits, and to the end. */
  function enter(from: number, at: number, into: number[]): void {
    open.push(from);
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (enteredAt[index] === at) continue;
      enteredAt[index] = at;
      const { test, next } = states[index] as State;
      if (test) into.push(index);
      else for (const following of next) open.push(following);
    }
  }
}

/** Open `{`: where it forks, and where each alternative so far ends. */
interface Choice {
  readonly fork: State;
  readonly ends: State[];
}

class GlobReader {
  readonly #letters: readonly string[];
  readonly #states: State[] = [];
  #at = 0;

  constructor(letters: readonly string[]) {
    this.#letters = letters;
  }

  /** Each state leads to the one behind it, unless it says otherwise. */
  states(): readonly State[] | undefined {
    const open: Choice[] = [];
    while (this.#at < this.#letters.length) {
      const letter = this.#take();
      const choice = open.at(-1);
      if (letter === '*') this.#star();
      else if (letter === '?') this.#waitFor(ANYTHING);
      else if (letter === '[') {
        const test = this.#set();
        if (test === undefined) return undefined;
        this.#waitFor(test);
      } else if (letter === '{') {
        const fork: State = { next: [this.#states.length + 1] };
        this.#states.push(fork);
        open.push({ fork, ends: [] });
      } else if (letter === ',' && choice) {
        choice.ends.push(this.#end());
        choice.fork.next.push(this.#states.length);
      } else if (letter === '}' && choice) {
        open.pop();
        this.#close(choice);
      } else {
        const literal = letter === '\\' ? this.#take() : letter;
        // gobwas passes over a backslash at the end
        if (literal !== undefined) this.#waitFor((character) => character === literal);
      }
    }
    // and closes what is open
    for (let choice = open.pop(); choice; choice = open.pop()) this.#close(choice);
    this.#states.push({ next: [] });
    return this.#states;
  }

  #close({ ends }: Choice): void {
    for (const end of [...ends, this.#end()]) end.next.push(this.#states.length);
  }

  #take(): string | undefined {
    const letter = this.#letters[this.#at];
    this.#at += 1;
    return letter;
  }

  #waitFor(test: Test): void {
    this.#states.push({ test, next: [this.#states.length + 1] });
  }

  /** The end of an alternative: leads nowhere until its `}` is known. */
  #end(): State {
    const end: State = { next: [] };
    this.#states.push(end);
    return end;
  }

  /** Zero or more of anything; several in a row are one. */
  #star(): void {
    while (this.#letters[this.#at] === '*') this.#at += 1;
    const here = this.#states.length;
    this.#states.push({ next: [here + 1, here + 2] }, { test: ANYTHING, next: [here] });
  }

  /** `[abc]`, `[!abc]`, `[a-z]`: one range or a list, as gobwas has it; undefined when it is neither. */
  #set(): Test | undefined {
    const negated = this.#letters[this.#at] === '!';
    if (negated) this.#at += 1;
    const [low, dash] = [this.#letters[this.#at], this.#letters[this.#at + 1]];
    const inside = low !== undefined && dash === '-' ? this.#range() : this.#list();
    return inside && (negated ? (character) => !inside(character) : inside);
  }

  #range(): Test | undefined {
    const [low = '', , high = '', close] = this.#letters.slice(this.#at, this.#at + 4);
    this.#at += 4;
    const [from, to] = [low.codePointAt(0) ?? 0, high.codePointAt(0) ?? 0];
    if (close !== ']' || to < from) return undefined;
    return (character) => {
      const code = character.codePointAt(0) ?? 0;
      return code >= from && code <= to;
    };
  }

  #list(): Test | undefined {
    const members = new Set<string>();
    for (let letter = this.#take(); letter !== ']'; letter = this.#take()) {
      const member = letter === '\\' ? this.#take() : letter;
      if (member === undefined) return undefined;
      members.add(member);
    }
    return members.size === 0 ? undefined : (character) => members.has(character);
  }
}
