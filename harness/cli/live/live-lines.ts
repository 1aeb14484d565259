/** A run under way as lines for a terminal: claims with their state, and what runs now with its figures. Pure. */
import { formatDuration } from '../talk/format-duration.ts';
import { decidedInMs, type LiveClaim, type LiveRun, type LiveStep, timeLeftMs } from './live-run.ts';

export interface LiveLook {
  readonly nowMs: number;
  /** Of the terminal; lines are cut to fit. */
  readonly columns: number;
  readonly glyphs: Readonly<Record<'running' | 'done' | 'failed' | 'waiting' | 'undecided' | 'cut', string>>;
  /** @param code of a colour, as in `\x1b[32m`; without colours it returns the text */
  paint(code: number, text: string): string;
}

const COLOUR = { green: 32, red: 31, yellow: 33, magenta: 35, cyan: 36, dim: 2 };
const STATE: Readonly<Record<LiveClaim['state'], { glyph: keyof LiveLook['glyphs']; colour: number }>> = {
  waiting: { glyph: 'waiting', colour: COLOUR.dim },
  running: { glyph: 'running', colour: COLOUR.cyan },
  passed: { glyph: 'done', colour: COLOUR.green },
  failed: { glyph: 'failed', colour: COLOUR.red },
  inconclusive: { glyph: 'undecided', colour: COLOUR.yellow },
  invalid: { glyph: 'undecided', colour: COLOUR.magenta },
};
/** More lines would push what scrolls by off a small terminal. */
const MOST_CLAIMS = 12;
const STATE_WIDTH = 'inconclusive'.length;

export function liveLines(run: LiveRun, look: LiveLook): readonly string[] {
  return [...claimLines(run, look), ...run.running.flatMap((step) => stepLines(step, run, look))];
}

/** How many claims are judged, and how long the rest may take, where that can be told. */
export function progressInWords(run: LiveRun, nowMs: number): string {
  const over = run.claims.filter(({ state }) => state !== 'waiting' && state !== 'running');
  const left = timeLeftMs(run, nowMs);
  return `${over.length} of ${run.claims.length} judged${left === undefined ? '' : `, about ${formatDuration(left)} left if it goes like the last run`}`;
}

function claimLines(run: LiveRun, look: LiveLook): string[] {
  const { claims } = run;
  if (claims.length === 0) return [];
  const head = `claims ${progressInWords(run, look.nowMs)}`;
  const { shown, left } = chosen(claims);
  return [
    look.paint(COLOUR.dim, cut(head, look)),
    ...shown.map((claim) => claimLine(claim, look)),
    ...(left > 0 ? [look.paint(COLOUR.dim, cut(`  and ${left} more`, look))] : []),
  ];
}

/** All when they fit; else what did not pass, what runs, and then the newest and the next. */
function chosen(claims: readonly LiveClaim[]): { readonly shown: readonly LiveClaim[]; readonly left: number } {
  if (claims.length <= MOST_CLAIMS) return { shown: claims, left: 0 };
  const rank = ({ state }: LiveClaim) =>
    state === 'running' ? 0 : state === 'waiting' ? 2 : state === 'passed' ? 3 : 1;
  const kept = new Set(claims.toSorted((a, b) => rank(a) - rank(b)).slice(0, MOST_CLAIMS));
  return { shown: claims.filter((claim) => kept.has(claim)), left: claims.length - MOST_CLAIMS };
}

function claimLine({ id, state, startedAtMs, tookMs }: LiveClaim, look: LiveLook): string {
  const { glyph, colour } = STATE[state];
  const ms = tookMs ?? (startedAtMs === undefined ? undefined : look.nowMs - startedAtMs);
  const rest = cut(`${state.padEnd(STATE_WIDTH)} ${id}${ms === undefined ? '' : `  ${formatDuration(ms)}`}`, look, 2);
  return `${look.paint(colour, look.glyphs[glyph])} ${state === 'waiting' ? look.paint(COLOUR.dim, rest) : rest}`;
}

/** A split takes a second line for its figures, because one line of 80 columns does not hold both. */
function stepLines({ name, startedAtMs, text }: LiveStep, { splits }: LiveRun, look: LiveLook): string[] {
  const lead = `${look.glyphs.running} ${firstLine(name)} ${formatDuration(look.nowMs - startedAtMs)}`;
  const split = splits.find(({ latest, running }) => running && latest.title === name);
  if (split === undefined) return [cut(text === '' ? lead : `${lead}  ${firstLine(text)}`, look)];
  const left = decidedInMs(split);
  const eta = left === undefined ? '' : `, decided in about ${formatDuration(left)} at this pace`;
  return [cut(`${lead}${eta}`, look), cut(`  ${firstLine(text)}`, look)];
}

function cut(text: string, { columns, glyphs }: LiveLook, taken = 0): string {
  const room = Math.max(20, columns - 1 - taken);
  const letters = [...text];
  return letters.length > room ? `${letters.slice(0, room - 1).join('')}${glyphs.cut}` : text;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
