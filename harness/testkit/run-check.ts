/**
 * `npm run check`: what a commit must pass, side by side: types, lint, unused code and unit tests, import rules among
 * them. Needs no cluster and no built program. What a part wrote appears when it is done; the last line counts as that of `npm test`.
 */

import { seconds } from '../documents/figures.ts';
import { EXIT } from '../errors/harness-error.ts';
import { listenForInterruption } from '../process/interruption.ts';
import { ownChildrenMs } from './processor-time.ts';
import { closingLine, failureLines, runPart, STATIC_PARTS, total, UNIT } from './test-parts.ts';

async function check(): Promise<number> {
  const interruption = listenForInterruption();

  const began = performance.now();
  // the longest first, and every core for it as soon as the others leave one
  const results = await Promise.all(
    [UNIT, ...STATIC_PARTS].map(async (part) => {
      const result = await runPart(part, 'kept', interruption.signal);
      console.log(`== ${result.name}: ${closingLine(result.counts)} (${seconds(result.durationMs)})`);
      if (result.counts.failed > 0 || part === UNIT) console.log(result.output);
      return result;
    }),
  );
  const counts = total(results);
  const worked = await ownChildrenMs();
  const processors = worked === undefined ? '' : `, ${seconds(worked)} of processor time`;
  console.log(
    `in ${seconds(performance.now() - began)}${processors}\n\n${failureLines(results)}${closingLine(counts)}`,
  );
  return interruption.exitCode() ?? (counts.failed > 0 ? EXIT.failed : EXIT.passed);
}

if (process.argv.includes('--help')) console.log('usage: npm run check');
else process.exitCode = await check();
