import { describe, expect, test } from 'vitest';
import { parseHops, receiverOf } from '../../k8s/workload/hops.ts';
import type { LoadRequest, LoadResult, LoadRunner } from '../ports/load.ts';
import type { RequestSample } from '../ports/request-sample.ts';
import type { AccessLine } from './access-line.ts';
import { createAnswerBook } from './answer-book.ts';
import { createJoinedLoad, type JoinPorts } from './joined-load.ts';

const WAIT_MS = 1000;
const REQUEST: LoadRequest = {
  ...{ phase: 'p', url: 'http://shop/', headers: {}, hosts: {}, identify: { kind: 'proxy' }, receiver: 'cart' },
  ...{ ratePerSecond: 10, maxDurationMs: 1000, preAllocatedVus: 1, requestTimeoutMs: 1000 },
  newConnectionPerRequest: false,
};
const RESULT: LoadResult = {
  ...{ sent: 0, received: 0, droppedIterations: 0, interrupted: 0, vusMax: 1, vusAllocated: 1 },
  ...{ generatorCpuSeconds: 0, wallMs: 1000, stoppedEarly: false, optionsJson: '{}' },
};
const sample = (sequence: number, status = 200): RequestSample => ({
  ...{ sequence, startMs: sequence, endMs: sequence + 1, status, errorCode: 0, vu: 1, identity: '' },
});

/** A load that the test drives by hand, with a clock of its own. */
function scene(change: Partial<JoinPorts> = {}) {
  const clock = { ms: 0 };
  const timers = new Set<{ at: number; then: () => void }>();
  const listeners = new Map<string, (sequence: number) => void>();
  const book = createAnswerBook({ at: () => undefined, belongs: (pod, service) => pod.startsWith(`shop/${service}`) });
  const over = Promise.withResolvers<LoadResult>();
  const started = Promise.withResolvers<{ request: LoadRequest; push: (one: RequestSample) => 'continue' | 'stop' }>();
  const inner: LoadRunner = {
    run(request, _argv, push) {
      started.resolve({ request, push });
      return over.promise;
    },
  };
  const load = createJoinedLoad(inner, {
    book,
    versionOf: (pod) => (pod === 'shop/cart-nameless' ? undefined : pod.slice(-2)),
    onLine(name, listener) {
      listeners.set(name, listener);
      return () => void listeners.delete(name);
    },
    newLoad: () => 'ab',
    now: () => clock.ms,
    after(ms, then) {
      const timer = { at: clock.ms + ms, then };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    waitMs: WAIT_MS,
    ...change,
  });
  const got: RequestSample[] = [];
  const controller = new AbortController();
  return {
    got,
    controller,
    listeners,
    timers,
    /** Identities as versions, in the order in which they were handed on. */
    versions: () => got.map(({ identity }) => receiverOf(parseHops(identity), 'cart')?.version ?? ''),
    line(sequence: number, pod: string, line: Partial<AccessLine> = {}) {
      const plain = { requestId: '', authority: 'cart', status: 200, flags: '', upstreamAddress: undefined };
      const mark = book.take({ side: 'receiver', mark: { load: 'ab', sequence }, ...plain, ...line }, pod);
      if (mark) listeners.get(mark.load)?.(mark.sequence);
    },
    pass(ms: number) {
      clock.ms += ms;
      for (const timer of [...timers].filter(({ at }) => at <= clock.ms)) {
        timers.delete(timer);
        timer.then();
      }
    },
    start(
      onSample: (one: RequestSample) => 'continue' | 'stop' = () => 'continue',
      request: Partial<LoadRequest> = {},
    ) {
      const running = load.run(
        { ...REQUEST, ...request },
        [],
        (one) => {
          got.push(one);
          return onSample(one);
        },
        controller.signal,
      );
      const finish = () => {
        over.resolve(RESULT);
        return running;
      };
      return { running, finish, fail: over.reject, ...{ begun: started.promise } };
    },
  };
}

describe('an answer', () => {
  test('waits for its line, and those behind it wait too, so that the order of completion stays', async () => {
    const at = scene();
    const { begun, finish } = at.start();
    const { push } = await begun;
    for (const sequence of [1, 0, 2]) expect(push(sample(sequence))).toBe('continue');
    at.line(0, 'shop/cart-v1');
    expect(at.got).toEqual([]);
    at.line(1, 'shop/cart-v2');
    expect(at.got.map(({ sequence }) => sequence)).toEqual([1, 0]);
    at.line(2, 'shop/cart-v1');
    const { joins } = await finish();
    expect(at.versions()).toEqual(['v2', 'v1', 'v1']);
    expect(joins).toEqual({ answered: 3, joined: 3, byCallerAlone: 0, ambiguous: 0, contradicted: 0, late: 0 });
  });

  test('whose line came before it is handed on at once', async () => {
    const at = scene();
    const { begun, finish } = at.start();
    at.line(0, 'shop/cart-v1');
    (await begun).push(sample(0));
    expect(at.versions()).toEqual(['v1']);
    await finish();
  });

  test('whose line never comes is named by nobody, and the books show it', async () => {
    const at = scene();
    const { begun, finish } = at.start();
    const { push } = await begun;
    push(sample(0));
    push(sample(1));
    at.line(1, 'shop/cart-v1');
    at.pass(WAIT_MS - 1);
    expect(at.got).toEqual([]);
    at.pass(1);
    expect(at.versions()).toEqual(['', 'v1']);
    at.line(0, 'shop/cart-v2');
    expect((await finish()).joins).toMatchObject({ answered: 2, joined: 1, late: 1 });
  });

  test('of a pod that is of no version counts as not joined', async () => {
    const at = scene();
    const { begun, finish } = at.start();
    (await begun).push(sample(0));
    at.line(0, 'shop/cart-nameless');
    expect((await finish()).joins).toMatchObject({ answered: 1, joined: 0 });
  });

  test('that a later line gives to somebody else is counted', async () => {
    const at = scene();
    const { begun, finish } = at.start();
    (await begun).push(sample(0));
    at.line(0, 'shop/cart-v1');
    at.line(0, 'shop/cart-v1');
    at.line(0, 'shop/cart-v2');
    expect((await finish()).joins).toMatchObject({ answered: 1, joined: 1, contradicted: 1 });
  });

  test('that several gave is nobody’s', async () => {
    const at = scene();
    const { begun, finish } = at.start();
    const { push } = await begun;
    at.line(0, 'shop/cart-v1');
    at.line(0, 'shop/cart-v2');
    push(sample(0));
    at.pass(WAIT_MS);
    expect((await finish()).joins).toMatchObject({ answered: 1, joined: 0, ambiguous: 1 });
  });
});

test('what was not answered, and what a proxy answered with an error, needs no join', async () => {
  const at = scene();
  const { begun, finish } = at.start();
  const { push } = await begun;
  push(sample(0, 0));
  expect(at.got).toHaveLength(1);
  push(sample(1, 503));
  at.pass(WAIT_MS);
  push(sample(2, 500));
  at.line(2, 'shop/cart-v2', { status: 500 });
  at.pass(WAIT_MS);
  expect(at.versions()).toEqual(['', '', 'v2']);
  expect((await finish()).joins).toMatchObject({ answered: 0, joined: 0 });
});

test('each request says which one it is, behind what the user calls the client', async () => {
  const plain = scene();
  const { begun, finish } = plain.start();
  expect((await begun).request).toMatchObject({ marked: 'canaryproof (k6) canaryproof-request/ab.' });
  await finish();
  const own = scene();
  const other = own.start(undefined, { headers: { 'User-Agent': 'mine/1' } });
  expect((await other.begun).request.marked).toBe('mine/1 canaryproof-request/ab.');
  await other.finish();
});

describe('the end', () => {
  test('a verdict stops the load; what had ended before says so', async () => {
    const at = scene();
    const { begun, finish } = at.start(({ sequence }) => (sequence === 0 ? 'stop' : 'continue'));
    const { push } = await begun;
    push(sample(0));
    push(sample(1, 0));
    at.line(0, 'shop/cart-v1');
    expect(push(sample(2, 0))).toBe('stop');
    await finish();
    expect(at.got.map(({ endedBeforeStop = false }) => endedBeforeStop)).toEqual([true, true, false]);
  });

  test('waits for the last lines, and not longer than for any', async () => {
    const at = scene();
    const { begun, finish } = at.start();
    (await begun).push(sample(0));
    const ended = finish();
    let done = false;
    void ended.then(() => (done = true));
    await new Promise(setImmediate);
    expect(done).toBe(false);
    at.pass(WAIT_MS);
    expect((await ended).joins).toMatchObject({ answered: 1, joined: 0 });
    expect([at.listeners.size, at.timers.size]).toEqual([0, 0]);
  });

  test('an interrupted load keeps its joins', async () => {
    const at = scene();
    const { begun, finish } = at.start();
    const { push } = await begun;
    push(sample(0));
    at.controller.abort();
    push(sample(1, 0));
    at.line(0, 'shop/cart-v1');
    expect((await finish()).joins).toMatchObject({ answered: 1, joined: 1 });
    expect(at.got.map(({ endedBeforeStop = false }) => endedBeforeStop)).toEqual([true, false]);
  });

  test('what the consumer throws comes out, and nothing is left', async () => {
    const at = scene();
    const { begun, finish } = at.start(() => {
      throw new RangeError('full');
    });
    (await begun).push(sample(0));
    at.line(0, 'shop/cart-v1');
    await expect(finish()).rejects.toThrow('full');
    expect([at.listeners.size, at.timers.size]).toEqual([0, 0]);
  });

  test('a generator that died takes its listeners with it', async () => {
    const at = scene();
    const { begun, running, fail } = at.start();
    (await begun).push(sample(0));
    fail(new Error('killed'));
    await expect(running).rejects.toThrow('killed');
    expect([at.listeners.size, at.timers.size]).toEqual([0, 0]);
  });
});
