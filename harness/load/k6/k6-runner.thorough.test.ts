import './k6-runner.test.ts';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../errors/harness-error.ts';
import { runFake, runsOfFakeK6 } from './k6-runner-fixture.ts';

runsOfFakeK6();

describe('a sound run', () => {
  it('keeps up with a flood that is far larger than the pipe', async () => {
    const { samples, result } = await runFake('floods');
    expect(samples.length).toBe(50_000);
    expect(result).toMatchObject({ sent: 50_000, received: 50_000 });
  });
});

describe('stopping', () => {
  it('kills a generator that ignores the interrupt and says so', async () => {
    const { error, samples } = await runFake('ignores-interrupt', () => 'stop');
    expect(error).toMatchObject({ code: 'LOAD_GENERATOR_HUNG', exitCode: EXIT.environment });
    expect(samples.length).toBe(5);
  });

  it('ends the generator and passes the error on when the consumer throws', async () => {
    const { error, samples } = await runFake('until-interrupt', () => {
      throw new RangeError('no room');
    });
    expect(error).toBeInstanceOf(RangeError);
    expect(samples.length).toBe(1);
  });
});

describe('a generator that misbehaves', () => {
  it('counts a line that was cut short and leaves the books open', async () => {
    const { samples, result } = await runFake('cuts-the-last-line');
    expect(samples.length).toBe(10);
    expect(result).toMatchObject({ sent: 11, received: 10, interrupted: 0, evidence: { cut: 1 } });
  });
});
