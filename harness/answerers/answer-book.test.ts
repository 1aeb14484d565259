import { describe, expect, test } from 'vitest';
import type { AccessLine } from './access-line.ts';
import { createAnswerBook } from './answer-book.ts';

const A = 'shop/cart-a';
const B = 'shop/cart-b';
const PAGE = 'shop/page';
const ADDRESS: Readonly<Record<string, string>> = { '10.0.0.1': A, '10.0.0.2': B, '10.0.0.3': PAGE };
const MARK = { load: 'ab', sequence: 7 };

const PODS = {
  at: (address: string) => ADDRESS[address],
  belongs: (pod: string, service: string) => pod.startsWith(`shop/${service}`),
};

function line(change: Partial<AccessLine>): AccessLine {
  const plain = { mark: MARK, requestId: 'r', authority: 'cart', status: 200, flags: '', upstreamAddress: undefined };
  return { side: 'receiver', ...plain, ...change };
}
const received = (change: Partial<AccessLine> = {}) => line({ ...change, side: 'receiver' });
const called = (address: string, change: Partial<AccessLine> = {}) =>
  line({ upstreamAddress: address, ...change, side: 'caller' });

function bookOf(...lines: readonly (readonly [AccessLine, string])[]) {
  const book = createAnswerBook(PODS);
  book.openLoad('ab');
  for (const [one, from] of lines) book.take(one, from);
  const asked = (final: boolean, status = 200) => book.answerer(MARK, 'cart', status, final);
  return { book, early: (status?: number) => asked(false, status), final: (status?: number) => asked(true, status) };
}
const named = (pod: string, by: string) => ({ kind: 'named', pod, by });
const OPEN = { kind: 'open' };

describe('one receiver', () => {
  test('both sides name it, in any order', () => {
    const whole = [
      [called('10.0.0.1'), 'gateway'],
      [received(), A],
    ] as const;
    expect(bookOf(...whole).early()).toEqual(named(A, 'both'));
    expect(bookOf(...whole.toReversed()).early()).toEqual(named(A, 'both'));
  });

  test('its own line is enough: a caller need not be in the mesh', () =>
    expect(bookOf([received(), A]).early()).toEqual(named(A, 'receiver')));

  test('the caller alone names it when nothing more comes: the receiver died before its log was read', () => {
    const { early, final } = bookOf([called('10.0.0.1'), 'gateway']);
    expect(early()).toEqual(OPEN);
    expect(final()).toEqual(named(A, 'caller'));
  });

  test('lines that come twice say nothing new', () => {
    const again = [received(), A] as const;
    expect(bookOf(again, again, [called('10.0.0.1'), 'gateway'], again).early()).toEqual(named(A, 'both'));
  });

  test('no line: nobody', () => expect(bookOf().final()).toEqual(OPEN));

  test('lines of other services are not asked', () => {
    const { early, book } = bookOf([received(), PAGE], [called('10.0.0.3'), 'gateway'], [received(), B]);
    expect(early()).toEqual(named(B, 'receiver'));
    expect(book.answerer(MARK, 'page', 200, false)).toEqual(named(PAGE, 'both'));
    // whoever it was: the one that the gateway called
    expect(book.answerer(MARK, undefined, 200, true)).toEqual(named(PAGE, 'both'));
  });
});

describe('retries', () => {
  const failed = [received({ status: 503 }), A] as const;
  const answered = [received(), B] as const;

  test('the line of the attempt that failed names nobody yet', () => expect(bookOf(failed).early()).toEqual(OPEN));

  test('the caller says whose answer was passed on', () =>
    expect(bookOf(failed, answered, [called('10.0.0.2'), 'gateway']).early()).toEqual(named(B, 'both')));

  test('without the caller, the only receiver that gave a whole answer', () => {
    const { early, final } = bookOf(failed, answered);
    expect(early()).toEqual(OPEN);
    expect(final()).toEqual(named(B, 'receiver'));
  });

  test('an attempt that was given up for being slow was answered to nobody', () =>
    expect(bookOf([received({ flags: 'DC' }), A], answered).final()).toEqual(named(B, 'receiver')));

  test('two whole answers, and no caller: several calls of one request', () =>
    expect(bookOf([received(), A], answered).final()).toEqual({ kind: 'ambiguous', pods: [A, B] }));

  test('two callers that name different pods', () =>
    expect(bookOf([called('10.0.0.1'), 'x'], [called('10.0.0.2'), 'x'], answered).final()).toEqual({
      kind: 'ambiguous',
      pods: [A, B],
    }));
});

describe('errors', () => {
  test.each(['UF', 'UH', 'NR', 'UF,URX', 'UAEX', 'RL', 'FI'])(
    'what a proxy answered itself (%s) is nobody’s',
    (flags) => {
      const { final } = bookOf([called('10.0.0.1', { flags }), 'gateway'], [received({ flags, status: 503 }), A]);
      expect(final(503)).toEqual(OPEN);
    },
  );

  test('an error of the application is its answer, when its own proxy says so', () => {
    const call = [called('10.0.0.1', { status: 500 }), 'gateway'] as const;
    expect(bookOf(call, [received({ status: 500 }), A]).early(500)).toEqual(named(A, 'both'));
    expect(bookOf(call).final(500)).toEqual(OPEN);
    // the proxy in front of the application could not reach it, and its caller passed that on
    expect(bookOf(call, [received({ status: 503, flags: 'UF' }), A]).final(503)).toEqual(OPEN);
  });

  test('an answer that was held back by the mesh is an answer', () =>
    expect(bookOf([called('10.0.0.1', { flags: 'DI' }), 'x'], [received(), A]).early()).toEqual(named(A, 'both')));
});

test('mirrored requests do not count', () => {
  const mirrored = [received({ authority: 'cart-shadow:8080' }), B] as const;
  expect(bookOf(mirrored).final()).toEqual(OPEN);
  expect(bookOf(mirrored, [received(), A]).final()).toEqual(named(A, 'receiver'));
  const book = createAnswerBook(PODS, new Set(['cart-shadow']));
  book.openLoad('ab');
  book.take(mirrored[0], B);
  expect(book.answerer(MARK, 'cart', 200, true)).toEqual(named(B, 'receiver'));
});

describe('a caller that passes on the request id alone', () => {
  const behind = [received({ mark: undefined }), A] as const;
  const first = [received(), PAGE] as const;

  test('is joined by it, whichever line comes first', () => {
    expect(bookOf(first, behind).final()).toEqual(named(A, 'receiver'));
    expect(bookOf(behind, first).final()).toEqual(named(A, 'receiver'));
  });

  test('of nobody we know it stays unknown', () => {
    expect(bookOf([received({ mark: undefined, requestId: 'other' }), A], first).final()).toEqual(OPEN);
    expect(bookOf([received({ mark: undefined, requestId: '' }), A]).final()).toEqual(OPEN);
  });
});

test('lines of loads that are over, or of others, are passed over', () => {
  const { book, final } = bookOf([received({ mark: { load: 'xy', sequence: 7 } }), A]);
  expect(final()).toEqual(OPEN);
  book.take(received(), A);
  book.forget(MARK);
  expect(final()).toEqual(OPEN);
  book.closeLoad('ab');
  expect(book.take(received(), A)).toBeUndefined();
});
