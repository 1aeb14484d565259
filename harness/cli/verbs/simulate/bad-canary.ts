/** `--bad`: a bad canary in one word, such as `errors=5%,pods=3`. */
import { InvalidArgumentError } from 'commander';
import type { BadCanaryAsk } from '../../../simulate-policy/settings.ts';
import { durationMs } from '../verb.ts';
import { figureOf, momentMs, shareOf } from './simulate-arguments.ts';

const KEYS = ['errors', 'pods', 'grows', 'from-weight', 'from', 'for', 'slow', 'times'] as const;
type Key = (typeof KEYS)[number];
const TIMES_SLOWER = 10;

/** @throws InvalidArgumentError (exit 2) */
export function badCanary(text: string): BadCanaryAsk {
  const given = new Map<Key, string>();
  for (const part of text.split(',')) {
    const [, name = '', value = ''] = /^\s*([a-z-]+)=(.+)$/.exec(part) ?? [];
    const key = KEYS.find((known) => known === name);
    if (key === undefined || given.has(key))
      throw new InvalidArgumentError(`expected ${KEYS.join(', ')}, each once, such as errors=5%,pods=3.`);
    given.set(key, value.trim());
  }
  const read = <Value>(key: Key, reader: (value: string) => Value): Value | undefined => {
    const value = given.get(key);
    return value === undefined ? undefined : reader(value);
  };
  const errors = read('errors', shareOf);
  const slow = read('slow', shareOf);
  if (errors === undefined && slow === undefined) throw new InvalidArgumentError('expected errors= or slow=.');
  const onlyErrors = (['pods', 'grows', 'from-weight', 'from', 'for'] as const).find((key) => given.has(key));
  if (errors === undefined && onlyErrors) throw new InvalidArgumentError(`${onlyErrors}= is for errors=.`);
  if (slow === undefined && given.has('times')) throw new InvalidArgumentError('times= is for slow=.');
  const fromMs = read('from', momentMs);
  const forMs = read('for', durationMs);
  const fault = {
    fromMs,
    untilMs: forMs === undefined ? undefined : (fromMs ?? 0) + forMs,
    growsForMs: read('grows', durationMs),
    fromWeight: read('from-weight', shareOf),
    pods: read('pods', figureOf),
  };
  return {
    name: text,
    errorShare: errors,
    slow: slow === undefined ? undefined : { share: slow, times: read('times', figureOf) ?? TIMES_SLOWER },
    fault: Object.fromEntries(Object.entries(fault).filter(([, value]) => value !== undefined)),
  };
}
