import { expect, test } from 'vitest';
import { parseAlertRules } from './alert-rules.ts';

test('alert rules of all groups, with their state; recording rules and other answers are none', () => {
  const alerting = (name: string, state: string) => ({ type: 'alerting', name, state, duration: 10, alerts: [] });
  const groups = [
    { name: 'a', rules: [alerting('Slow', 'pending'), { type: 'recording', name: 'r', query: '1' }] },
    { name: 'b', rules: [alerting('Down', 'firing'), alerting('JustLoaded', 'unknown')] },
  ];
  expect(parseAlertRules({ status: 'success', data: { groups } })).toEqual([
    { name: 'Slow', state: 'pending' },
    { name: 'Down', state: 'firing' },
    { name: 'JustLoaded', state: 'unknown' },
  ]);
  expect(parseAlertRules({ status: 'success', data: { groups: [] } })).toEqual([]);
  expect(parseAlertRules({ status: 'error' })).toBeUndefined();
});
