/** A right data plane, and an instrument that is not: nothing that it measured may carry a verdict. */
import type { BooksProblemCode } from '../verdict/books.ts';
import type { Case } from './case.ts';
import { CANARY, type DataPlaneSpec, STABLE } from './data-plane.ts';
import { invalidBecause } from './observations.ts';
import { weighted } from './proxy-config.ts';
import type { TrialOptions } from './trial.ts';

const RIGHT: DataPlaneSpec = { routes: [weighted({ [STABLE]: 90, [CANARY]: 10 })] };

function badInstrument(
  name: string,
  codes: readonly BooksProblemCode[],
  trial: TrialOptions,
  plane: DataPlaneSpec = RIGHT,
): Case {
  const reason = `books: ${codes.join(' or ')}`;
  return {
    name,
    plane,
    trial,
    rows: [{ name, kind: 'mutant', reason, errorRate: 0, ofInstrument: true, observe: invalidBecause(...codes) }],
  };
}

export const INSTRUMENT_CASES: readonly Case[] = [
  badInstrument("half of k6's samples lost", ['samples-lost', 'gaps'], {
    tamper: 'drop-half',
    requestTimeoutMs: 1000,
  }),
  badInstrument('samples counted twice', ['duplicates'], { tamper: 'duplicate' }),
  // Two virtual users and 20 ms for an answer are 100 requests a second at most.
  badInstrument(
    'saturated generator',
    ['dropped-iterations'],
    { virtualUsers: 2, mostRequests: 3000 },
    { ...RIGHT, stable: { latencyMs: 20 }, canary: { latencyMs: 20 } },
  ),
  badInstrument('clock set back in mid-run', ['clock-backwards'], { tamper: 'clock-back' }),
  badInstrument('clock an hour ahead', ['clock-offset'], { tamper: 'clock-ahead' }),
];
