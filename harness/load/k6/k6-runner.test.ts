import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT, HarnessError } from '../../errors/harness-error.ts';
import { fewOf, thorough } from '../../testkit/runner/thorough.ts';
import { createK6Runner } from './k6-runner.ts';
import { directory, REQUEST, runFake, runsOfFakeK6 } from './k6-runner-fixture.ts';

runsOfFakeK6();

async function failureOf(behaviour: string): Promise<HarnessError> {
  const { error } = await runFake(behaviour);
  expect(error).toBeInstanceOf(HarnessError);
  return error as HarnessError;
}

describe('a sound run', () => {
  it('hands over every request in order and balances the books', async () => {
    const { samples, result } = await runFake('sound');
    expect(samples.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 500 }, (_, index) => index));
    expect(samples[0]).toEqual({
      sequence: 0,
      startMs: 1_800_000_000_000,
      endMs: 1_800_000_000_001.5,
      status: 200,
      errorCode: 0,
      vu: 1,
      identity: 'v1',
    });
    expect(result).toMatchObject({
      sent: 500,
      received: 500,
      interrupted: 0,
      droppedIterations: 7,
      vusMax: 3,
      vusAllocated: 10,
      wallMs: 500.5,
      stoppedEarly: false,
      optionsJson: '{"scenarios":{}}',
      evidence: { malformed: 0, overlong: 0, cut: 0, duplicates: 0, unreadableIdentities: 0 },
    });
    expect(readdirSync(directory).sort()).toEqual(['01-split-at-90-10.k6.js', '01-split-at-90-10.k6.log']);
  });
});

describe('stopping', () => {
  it('interrupts once, hands over what still finishes, and names what was in flight', async () => {
    const { samples, result } = await runFake('until-interrupt', (_, count) => (count >= 20 ? 'stop' : 'continue'));
    expect(result?.stoppedEarly).toBe(true);
    expect(result?.received).toBe(samples.length);
    expect(samples.length).toBeGreaterThanOrEqual(22);
    expect(result?.interrupted).toBe(3);
    expect(result?.sent).toBe(samples.length + 3);
  });

  thorough('stops on the signal', async () => {
    const control = new AbortController();
    const { result } = await runFake(
      'until-interrupt',
      (_, count) => {
        if (count === 5) control.abort();
        return 'continue';
      },
      control.signal,
    );
    expect(result).toMatchObject({ stoppedEarly: true, interrupted: 3 });
  });
});

describe('a generator that misbehaves', () => {
  thorough('says that it died, after handing over what it had sent', async () => {
    const { error, samples } = await runFake('dies-midway');
    expect(samples.length).toBe(40);
    expect(error).toMatchObject({ code: 'LOAD_GENERATOR_DIED', exitCode: EXIT.environment });
    expect((error as HarnessError).message).toContain('something is wrong');
  });

  thorough('counts nonsense, over-long and repeated lines, and never guesses', async () => {
    const { samples, result } = await runFake('writes-nonsense');
    expect(samples.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12]);
    expect(samples.at(-1)?.identity).toBe('');
    expect(result?.evidence).toEqual({ malformed: 2, overlong: 1, cut: 0, duplicates: 1, unreadableIdentities: 1 });
    expect(result!.sent).toBeGreaterThan(result!.received + result!.interrupted);
  });

  thorough('keeps its log, with repeats counted', async () => {
    const { result } = await runFake('floods-its-log');
    expect(readFileSync(result!.logFile, 'utf8')).toBe(
      'Request Failed\nInsufficient VUs\n5000 times: Request Failed\n',
    );
  });

  it.each(
    fewOf(1, [
      ['forgets-its-books', 'K6_BOOKS_MISSING', EXIT.environment],
      ['refuses-its-settings', 'K6_CONFIG_REJECTED', EXIT.usage],
      ['is-interrupted-by-others', 'LOAD_GENERATOR_INTERRUPTED', EXIT.environment],
    ]),
  )('%s: %s', async (behaviour, code, exitCode) => {
    expect(await failureOf(behaviour)).toMatchObject({ code, exitCode });
  });

  it('says where it looked when the program does not exist', async () => {
    const runner = createK6Runner({ k6Path: path.join(directory, 'k6'), logDirectory: directory, environment: {} });
    const run = runner.run(REQUEST, [], () => 'continue', new AbortController().signal);
    await expect(run).rejects.toMatchObject({ code: 'K6_NOT_STARTED', where: path.join(directory, 'k6') });
  });
});
