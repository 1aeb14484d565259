/**
 * The oracle against thousands of conditions made at random, as the real Argo Rollouts 1.9.2 answered them: recorded by
 * fixtures/argo-language_test.go.txt, which calls Argo's EvaluateResult.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { HarnessError } from '../errors/harness-error.ts';
import { type ConditionResult, evaluateCondition } from './conditions/evaluate-condition.ts';
import { parseResult } from './measurement-phase.ts';

const [first = '', ...lines] = readFileSync(path.join(import.meta.dirname, 'fixtures/argo-language-1.9.2.txt'), 'utf8')
  .trimEnd()
  .split('\n');
const results = first.split('\t').map((text): ConditionResult => {
  return text.startsWith('"') ? (JSON.parse(text) as string) : parseResult(text)!;
});

/** S, F or E, as a success condition alone decides; `?` when the oracle refuses. */
function letterOf(condition: string, result: ConditionResult): string {
  try {
    return evaluateCondition(condition, result) ? 'S' : 'F';
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    return error.code === 'CONDITION_UNSUPPORTED' ? '?' : 'E';
  }
}

describe('the language of conditions', () => {
  it('says what Argo says, or nothing', () => {
    const differences: string[] = [];
    let compared = 0;
    let refused = 0;
    for (const line of lines) {
      const at = line.indexOf('\t');
      const expected = line.slice(0, at);
      const condition = line.slice(at + 1);
      const found = results.map((result) => letterOf(condition, result)).join('');
      for (let index = 0; index < expected.length; index += 1) {
        compared += 1;
        if (found[index] === '?') refused += 1;
        else if (found[index] !== expected[index]) {
          differences.push(`${condition} of ${first.split('\t')[index]}: ${expected[index]}, oracle ${found[index]}`);
          break;
        }
      }
    }
    expect(differences.slice(0, 40)).toEqual([]);
    expect(compared).toBeGreaterThan(30_000);
    expect(refused / compared).toBeLessThan(0.05);
  });
});
