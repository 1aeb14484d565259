/** `node --import 'preload.ts?at=N' PROGRAM`: see `watchKillPoints`. A program that reaches its end says how many points it passed. */
import { writeSync } from 'node:fs';
import { watchKillPoints } from './kill-points.ts';

const at = new URL(import.meta.url).searchParams.get('at');
const passed = watchKillPoints(at === null ? undefined : Number(at));
process.on('exit', () => void writeSync(1, `\n${passed()}\n`));
