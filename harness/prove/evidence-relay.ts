/** A program: `node evidence-relay.ts RULE FROM TO` copies evidence lines from one named pipe to another, and lies. */
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { TAMPER_RULES, type TamperRule, tamperer } from './tamper-rules.ts';

const [rule, from, to] = process.argv.slice(2);
if (rule === undefined || from === undefined || to === undefined || !(rule in TAMPER_RULES)) {
  console.error(`usage: node evidence-relay.ts ${Object.keys(TAMPER_RULES).join('|')} FROM TO`);
  process.exit(2);
}
const tamper = tamperer(rule as TamperRule);
const sink = createWriteStream(to);
for await (const line of createInterface({ input: createReadStream(from, 'latin1') }))
  for (const told of tamper(line)) if (!sink.write(`${told}\n`, 'latin1')) await drained();
sink.end();

function drained(): Promise<void> {
  return new Promise((resolve) => sink.once('drain', resolve));
}
