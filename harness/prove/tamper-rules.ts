/** What a lying instrument does to the evidence, line by line. Nothing here is random: the same lines give the same lies. */
export const TAMPER_RULES = {
  /** Every second sample is lost. */
  'drop-half': ({ index }) => (index % 2 === 0 ? { times: 1, shiftMs: 0 } : { times: 0, shiftMs: 0 }),
  /** Every hundredth sample comes twice. */
  duplicate: ({ index }) => ({ times: index % 100 === 0 ? 2 : 1, shiftMs: 0 }),
  /** The clock is set back by five seconds in mid-run. */
  'clock-back': ({ sequence }) => ({ times: 1, shiftMs: sequence < 1500 ? 0 : -5000 }),
  /** The clock is an hour ahead all the time. */
  'clock-ahead': () => ({ times: 1, shiftMs: 3_600_000 }),
} satisfies Record<string, (sample: Line) => { readonly times: number; readonly shiftMs: number }>;

export type TamperRule = keyof typeof TAMPER_RULES;

interface Line {
  /** Number of the line among the sample lines. */
  readonly index: number;
  /** Number of the request. */
  readonly sequence: number;
}

/** A function over the lines of one run: what takes the place of each. */
export function tamperer(rule: TamperRule): (line: string) => readonly string[] {
  let index = 0;
  return (line) => {
    const fields = line.split(' ');
    if (fields[0] !== 'cp1') return [line];
    const { times, shiftMs } = TAMPER_RULES[rule]({ index, sequence: Number(fields[1]) });
    index += 1;
    const changed = fields.with(2, String(Number(fields[2]) + shiftMs)).join(' ');
    return Array<string>(times).fill(changed);
  };
}
