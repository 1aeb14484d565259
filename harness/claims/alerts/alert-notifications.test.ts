import { expect, test } from 'vitest';
import { notificationsOf, problemsOf } from './alert-notifications.ts';

const post = (
  path: string,
  ...alerts: readonly (readonly [alertname: string, severity: string, status: string])[]
) => ({
  atMs: 5,
  method: 'POST',
  path,
  body: JSON.stringify({
    alerts: alerts.map(([alertname, severity, status]) => ({ status, labels: { alertname, severity } })),
  }),
});

test('a post may hold several alerts; its path names the receiver; what is no JSON is nothing', () => {
  expect(
    notificationsOf([
      post('/warning', ['Errors', 'warning', 'firing'], ['Slow', 'warning', 'resolved']),
      { ...post('/x'), body: '<' },
    ]),
  ).toEqual([
    { atMs: 5, receiver: 'warning', alert: 'Errors', severity: 'warning', status: 'firing' },
    { atMs: 5, receiver: 'warning', alert: 'Slow', severity: 'warning', status: 'resolved' },
  ]);
});

test('an alert that neither fires nor ends, and one that says nothing of it, is none', () => {
  const body = JSON.stringify({ alerts: [{ labels: { alertname: 'Errors' } }] });
  expect(notificationsOf([post('/warning', ['Errors', 'warning', 'pending']), { ...post('/warning'), body }])).toEqual(
    [],
  );
});

const expected = { alert: 'Errors', severity: 'warning' };
const heard = (...posts: readonly ReturnType<typeof post>[]) => problemsOf(expected, notificationsOf(posts));

test('its own alert at its own receiver is right, and so is that an earlier one ends meanwhile', () => {
  expect(
    heard(post('/warning', ['Errors', 'warning', 'firing']), post('/info', ['Release', 'info', 'resolved'])),
  ).toEqual([]);
});

test.each([
  ['silence', [], /Errors did not fire/],
  ['only its end', [post('/warning', ['Errors', 'warning', 'resolved'])], /did not fire/],
  [
    'another beside it',
    [post('/warning', ['Errors', 'warning', 'firing'], ['Slow', 'warning', 'firing'])],
    /Slow fired too/,
  ],
  ['the wrong receiver', [post('/critical', ['Errors', 'warning', 'firing'])], /went to critical and not to warning/],
])('%s is wrong', (_name, posts, message) => {
  expect(heard(...posts).join()).toMatch(message);
});
