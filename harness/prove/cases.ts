/** Every case of the proof, in the order of the table. */
import type { Case } from './case.ts';
import { INSTRUMENT_CASES } from './cases-of-instrument.ts';
import { ROUTING_CASES } from './cases-of-routing.ts';
import { WEIGHT_CASES } from './cases-of-weight.ts';

export const CASES: readonly Case[] = [...WEIGHT_CASES, ...ROUTING_CASES, ...INSTRUMENT_CASES];
