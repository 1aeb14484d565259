import { describe, expect, it } from 'vitest';
import { balanceBooks, parseProgressLine } from './k6-books.ts';
import { k6Failure } from './k6-failure.ts';

describe('parseProgressLine', () => {
  it("reads k6's own counts", () => {
    expect(parseProgressLine('running (03.0s), 00/20 VUs, 1480 complete and 3 interrupted iterations')).toEqual({
      complete: 1480,
      interrupted: 3,
    });
  });

  it.each(['', 's    x [  15% ] 00/20 VUs  03.0s/20s  500.00 iters/s', '1480 complete and x interrupted iterations'])(
    'knows %j is something else',
    (line) => expect(parseProgressLine(line)).toBeUndefined(),
  );
});

describe('balanceBooks', () => {
  const balance = (complete: number, interrupted: number, received: number) =>
    balanceBooks({ complete, interrupted }, received);

  it('balances when nothing is lost', () => {
    expect(balance(100, 0, 100)).toEqual({ sent: 100, received: 100, interrupted: 0 });
    expect(balance(100, 4, 100)).toEqual({ sent: 104, received: 100, interrupted: 4 });
  });

  it('counts a request whose line came before the interrupt as received', () => {
    expect(balance(100, 4, 101)).toEqual({ sent: 104, received: 101, interrupted: 3 });
  });

  it('does not balance when a line is missing, or one too many came', () => {
    const lost = balance(100, 4, 99);
    expect(lost.sent).toBe(lost.received + lost.interrupted + 1);
    const extra = balance(100, 0, 101);
    expect(extra.sent).toBeLessThan(extra.received + extra.interrupted);
  });
});

describe('k6Failure', () => {
  const failure = (exitCode: number | undefined, stoppedByUs = false, logTail = 'why') =>
    k6Failure({
      end: { exitCode, signal: exitCode === undefined ? 'SIGKILL' : undefined, startError: undefined },
      stoppedByUs,
      k6Path: '/k6',
      logFile: '/run/k6.log',
      logTail,
    });

  it('is what the cluster said that could not run k6, with its own code and hint', () => {
    const tail = 'a word\nK6_OPERATOR_NOT_READY: nobody began\nhint: look at its pod';
    const error = failure(1, false, tail);
    expect(error).toMatchObject({ code: 'K6_OPERATOR_NOT_READY', message: 'nobody began', hint: 'look at its pod' });
    // a script may say what it likes
    expect(failure(255, false, tail)).toMatchObject({ code: 'K6_FAILED' });
    expect(failure(1, false, 'NONSENSE: x')).toMatchObject({ code: 'K6_FAILED' });
  });

  it('is none when k6 ended by itself or by our interrupt', () => {
    expect(failure(0)).toBeUndefined();
    expect(failure(105, true)).toBeUndefined();
  });

  it.each([
    [104, 'K6_CONFIG_REJECTED', 2],
    [107, 'K6_SCRIPT_FAILED', 2],
    [100, 'K6_SETUP_TIMEOUT', 3],
    [101, 'K6_SETUP_TIMEOUT', 3],
    [105, 'LOAD_GENERATOR_INTERRUPTED', 3],
    [109, 'K6_FAILED', 3],
    [255, 'K6_FAILED', 3],
    [undefined, 'LOAD_GENERATOR_DIED', 3],
  ])('maps %s to %s', (exitCode, code, mapped) => {
    const error = failure(exitCode);
    expect(error).toMatchObject({ code, exitCode: mapped, where: '/run/k6.log' });
    expect(error?.message).toContain('why');
  });
});
