import { describe, expect, test } from 'vitest';
import { readErrorLedger } from './error-ledger-reading.ts';
import { findingPointersOf, pointerText } from './finding-pointers.ts';
import { findingsDuring, findingsOf, ledgerOf, readPropagation } from './ledger-reading.ts';
import { sampleRolloutReport } from './samples/sample-rollout-report.ts';
import { atFullExposure, rollbackSteps } from './waterfall-reading.ts';

const failed = sampleRolloutReport('failed');
const [ledger] = failed.ledgers;
const [waterfall] = failed.waterfalls;
const [timeline] = failed.timelines;
if (ledger === undefined || waterfall === undefined || timeline === undefined) throw new Error('the sample is empty');

describe('ledger', () => {
  test('belongs to the timeline of its object; never to one of another object', () => {
    expect(ledgerOf(timeline, failed.ledgers)).toBe(ledger);
    const { object: _, ...unnamed } = timeline;
    expect(ledgerOf({ ...unnamed, title: 'else' }, failed.ledgers)).toBe(ledger);
    expect(ledgerOf({ ...unnamed, title: 'else' }, [ledger, { ...ledger, object: 'other' }])).toBeUndefined();
    expect(ledgerOf({ ...timeline, object: 'VirtualService x/y', title: 'else' }, failed.ledgers)).toBeUndefined();
  });

  test('each finding falls into the change during which it began, infos and other layers aside', () => {
    const own = findingsOf(ledger, failed);
    expect(own.map(({ layer }) => layer)).toEqual(['xds', 'observed', 'api', 'git']);
    const byChange = ledger.changes.map((_, index) =>
      findingsDuring(ledger.changes, index, own).map(({ layer }) => layer),
    );
    expect(byChange).toEqual([['git'], [], ['api'], ['xds', 'observed']]);
    expect(findingsOf({ ...ledger, object: 'VirtualService x/y' }, failed)).toEqual([]);
  });

  test('of several ledgers of one object, each has the findings of its own claim, whatever object they name', () => {
    const findings = failed.findings.map((finding, index) => ({ ...finding, claimIds: [index === 0 ? 'a' : 'b'] }));
    const report = { ...failed, findings, ledgers: [ledger, ledger] };
    const [first] = failed.findings;
    expect(findingsOf({ ...ledger, claimId: 'a', object: 'else' }, report).map(({ code }) => code)).toEqual([
      first?.code,
    ]);
    expect(findingsOf({ ...ledger, claimId: 'c' }, report)).toEqual([]);
  });

  test('lags are counted from the write; a proxy that never acknowledged is counted apart', () => {
    const change = ledger.changes[3];
    if (change === undefined) throw new Error('the sample has four changes');
    expect(readPropagation(change)).toEqual({ slowestMs: 9380, acknowledged: 3, silent: 0, observedMs: 9400 });
    const silent = { ...change, proxies: [{ proxy: 'a' }], observed: [] };
    expect(readPropagation(silent)).toEqual({ acknowledged: 0, silent: 1 });
  });
});

describe('rollback', () => {
  test('gaps follow time, budgets are held against the gap before', () => {
    const steps = rollbackSteps({ ...waterfall, events: waterfall.events.toReversed() });
    expect(steps.map(({ name }) => name)).toEqual(waterfall.events.map(({ name }) => name));
    expect(steps.filter(({ overBudget }) => overBudget).map(({ name, gapMs }) => [name, gapMs])).toEqual([
      ['weight-zero-acknowledged', 9380],
    ]);
    expect(steps.at(-1)?.sinceStartMs).toBe(63_500);
  });

  test('what did not happen is listed, if no rollback can do without it', () => {
    const events = waterfall.events.filter(({ name }) => name === 'fault-injected' || name === 'aborted');
    const missing = rollbackSteps({ ...waterfall, events }).filter(({ event }) => event === undefined);
    expect(missing.map(({ name }) => name)).toEqual([
      'measurement-failed',
      'analysis-failed',
      'weight-zero-declared',
      'weight-zero-acknowledged',
      'last-canary-answer',
    ]);
  });

  test('full exposure scales the bad answers to all requests', () => {
    expect(atFullExposure(waterfall)).toBe(4120);
    expect(atFullExposure({ ...waterfall, canaryAnswers: 0 })).toBeUndefined();
  });
});

test('injected errors are not lost requests, and lost rows come first', () => {
  const [errors] = failed.errorLedgers;
  if (errors === undefined) throw new Error('the sample has an error ledger');
  const { lost, injected, rows } = readErrorLedger(errors);
  expect([lost, injected]).toEqual([42, 503]);
  expect(rows.map((row) => row.injected)).toEqual([false, false, false, true, true]);
});

test('pointers name only what the finding names', () => {
  const [first] = failed.findings;
  if (first === undefined) throw new Error('the sample has findings');
  expect(findingPointersOf(first).map(([label]) => label)).toEqual(['object', 'field', 'writer', 'proxy', 'since']);
  expect(pointerText({ code: 'X', layer: 'git', severity: 'info', sentence: 's' })).toBeUndefined();
});
