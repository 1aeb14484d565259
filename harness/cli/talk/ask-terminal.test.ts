import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { EXIT } from '../../errors/harness-error.ts';
import { askTerminal } from './ask-terminal.ts';

function asked(typed: string, end = false) {
  const [input, output, stopping] = [new PassThrough(), new PassThrough(), new AbortController()];
  const stopped: number[] = [];
  const stop = (code: number) => {
    stopped.push(code);
    stopping.abort(new Error('interrupted'));
  };
  const answer = askTerminal('Which?', {
    ...{ input, output, isTerminal: true },
    interruption: { signal: stopping.signal, stop },
  });
  input.write(typed);
  if (end) input.end();
  return { answer, stopped, input };
}

test('a line is an answer', async () => {
  expect(await asked('two\r').answer).toBe('two');
});

test('Ctrl-C interrupts the command, and is no bug of ours', async () => {
  const { answer, stopped } = asked('\u0003');
  await expect(answer).rejects.toThrow('interrupted');
  expect(stopped).toEqual([EXIT.interrupted]);
});

test.each([
  ['Ctrl-D', '\u0004', false],
  ['the end of the input', '', true],
])('%s is no answer', async (_, typed, end) => {
  await expect(asked(typed, end).answer).rejects.toMatchObject({ code: 'NO_ANSWER', exitCode: EXIT.usage });
});
