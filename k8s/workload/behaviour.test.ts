import { describe, expect, it } from 'vitest';
import { Behaviour } from './behaviour.ts';
import { NO_INJECTION, parseBehaviour } from './behaviour-document.ts';

const read = (value: unknown) => parseBehaviour(JSON.stringify(value), 'test');

function draw(value: unknown, n: number) {
  const behaviour = new Behaviour(read(value), 0);
  return Array.from({ length: n }, () => {
    behaviour.advance();
    return [behaviour.errorStatus, behaviour.latencyMs] as const;
  });
}

describe('behaviour document', () => {
  it('has a default for every field', () => {
    expect(read({})).toEqual(NO_INJECTION);
    expect(NO_INJECTION).toEqual({
      errorShare: 0,
      errorStatus: 500,
      mode: 'deterministic',
      seed: 1,
      latencyMs: 0,
      latencyShare: 1,
      workers: 0,
      serviceMs: 0,
      queue: 0,
    });
  });

  it.each([
    ['{', /not JSON/],
    ['[]', /document: /],
    ['null', /document: /],
    ['{"errorRate":1}', /errorRate/],
    ['{"errorShare":1.5}', /errorShare: must be a number from 0 to 1/],
    ['{"errorShare":0.00000015}', /errorShare: must be .* parts per million/],
    ['{"errorShare":"3/2"}', /errorShare: must be/],
    ['{"errorStatus":200}', /errorStatus: /],
    ['{"mode":"sometimes"}', /mode: .*deterministic/],
    ['{"seed":-1}', /seed: /],
    ['{"latencyMs":-1}', /latencyMs: .*>=0/],
    ['{"latencyMs":{"distribution":"uniform","minMs":3,"maxMs":2}}', /latencyMs: minMs must not be above maxMs/],
    ['{"latencyMs":{"distribution":"uniform","minMs":3}}', /latencyMs\.maxMs: /],
    ['{"latencyMs":{"distribution":"gamma"}}', /latencyMs\.distribution: /],
    ['{"latencyMs":{"distribution":"uniform","minMs":1,"maxMs":2,"p":1}}', /latencyMs: .*"p"/],
    ['{"latencyMs":"5"}', /latencyMs: /],
    ['{"latencyMs":700000}', /latencyMs: .*600000/],
    ['{"errorShare":2,"seed":0.5}', /errorShare: .*; seed: /],
  ])('refuses %s on one line, naming the field', (text, message) => {
    let caught: unknown;
    try {
      parseBehaviour(text, 'POST /-/behaviour');
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({ code: 'WORKLOAD_BAD_BEHAVIOUR', exitCode: 2, where: 'POST /-/behaviour' });
    expect((caught as Error).message).toMatch(message);
    expect((caught as Error).message).not.toContain('\n');
  });
});

describe('behaviour', () => {
  it('errs on every tenth request with the status asked for', () => {
    const statuses = draw({ errorShare: 0.1, errorStatus: 503 }, 30).map(([status]) => status);
    expect(statuses.flatMap((status, index) => (status === 503 ? [index + 1] : []))).toEqual([10, 20, 30]);
    expect(statuses.filter((status) => status === 0)).toHaveLength(27);
  });

  it('holds back the share of requests asked for, errors or not', () => {
    const latencies = draw({ latencyMs: 501, latencyShare: '51/1000' }, 2000).map(([, latency]) => latency);
    expect(latencies.filter((latency) => latency === 501)).toHaveLength(102);
    expect(latencies.filter((latency) => latency === 0)).toHaveLength(1898);
  });

  it('repeats a random behaviour for the same seed only', () => {
    const random = { mode: 'random', errorShare: 0.3, latencyMs: { distribution: 'exponential', meanMs: 10 } };
    expect(draw({ ...random, seed: 5 }, 200)).toEqual(draw({ ...random, seed: 5 }, 200));
    expect(draw({ ...random, seed: 5 }, 200)).not.toEqual(draw({ ...random, seed: 6 }, 200));
  });

  it('chooses errors and slow requests independently in random mode', () => {
    const both = draw({ mode: 'random', errorShare: 0.5, latencyMs: 1, latencyShare: 0.5 }, 4000).filter(
      ([status, latency]) => status !== 0 && latency > 0,
    ).length;
    expect(Math.abs(both - 1000)).toBeLessThan(5 * Math.sqrt(750));
  });

  it('counts from one again after a change, also to the same behaviour', () => {
    const document = read({ errorShare: 0.5 });
    const behaviour = new Behaviour(document, 1);
    behaviour.advance();
    behaviour.change(document, 2);
    behaviour.advance();
    expect(behaviour.errorStatus).toBe(0);
    behaviour.advance();
    expect(behaviour.errorStatus).toBe(500);
    expect(behaviour.status()).toEqual({
      behaviour: document,
      changedAtMs: 2,
      requests: 2,
      errors: 1,
      delayed: 0,
      refused: 0,
      mostInFlight: 3,
    });
  });

  it('keeps the most requests that were here at the same time, those of before the change included', () => {
    const behaviour = new Behaviour(NO_INJECTION, 0);
    const takes = (count: number) => {
      for (let i = 0; i < count; i += 1) behaviour.advance();
    };
    takes(3);
    behaviour.finished();
    takes(1);
    expect(behaviour.status().mostInFlight).toBe(3);
    behaviour.finished();
    behaviour.change(NO_INJECTION, 1);
    expect(behaviour.status()).toMatchObject({ requests: 0, mostInFlight: 2 });
    behaviour.finished();
    behaviour.finished();
    takes(1);
    expect(behaviour.status()).toMatchObject({ requests: 1, mostInFlight: 2 });
  });
});
