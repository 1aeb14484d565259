import { expect, test } from 'vitest';
import { createFakeServices, type ServiceCall } from '../../testkit/fakes/fake-services.ts';
import { createFakeWorld } from '../../testkit/fakes/fake-world.ts';
import { run } from '../run.ts';
import { askedQuestions } from './init-questions.ts';

function requestOf(calls: readonly ServiceCall[]) {
  return calls.find(({ verb }) => verb === 'init')?.request;
}

test('flags are the answers, and the profile is named as conform takes it', async () => {
  const services = createFakeServices();
  const world = createFakeWorld({ cwd: '/nowhere' });
  const words = ['init', 'shop', '--yes', '--unit', 'folder a b', '--values', 'a.yaml', 'b.yaml', '--host', 'h.test'];
  expect(await run(world, [...words, '--pauses', 'real', '--to', 'out', '--force'], services)).toBe(0);
  expect(requestOf(services.calls)).toEqual({
    from: 'shop',
    workingDirectory: '/nowhere',
    to: 'out',
    force: true,
    unit: 'folder a b',
    valueFiles: ['a.yaml', 'b.yaml'],
    host: 'h.test',
    pauses: 'real',
  });
  expect(world.stdoutText()).toContain('canaryproof: profile shop of folder k8s');
  expect(world.stdoutText()).toContain('Next: canaryproof conform ./canaryproof');
});

test('as JSON it is the whole proposal', async () => {
  const world = createFakeWorld({ cwd: '/nowhere' });
  expect(await run(world, ['init', '-o', 'json'], createFakeServices())).toBe(0);
  expect(JSON.parse(world.stdoutText())).toMatchObject({ unit: 'folder k8s', proposal: { name: 'shop', changes: [] } });
});

test('unknown pauses are usage', async () => {
  expect(await run(createFakeWorld(), ['init', '--pauses', 'none'], createFakeServices())).toBe(2);
});

test('at a terminal what is no host name is asked again', async () => {
  const typed = ['Not A Host', 'https://shop.example.org', 'shop.example.org'];
  const shown: string[] = [];
  const { host } = askedQuestions(async (question) => {
    shown.push(question);
    return typed.shift() ?? '';
  });
  expect(await host('shop.example.com')).toBe('shop.example.org');
  expect(shown[1]).toContain("'Not A Host' is no host name");
});

test('at a terminal a number, a name or nothing is an answer, and anything else is asked again', async () => {
  const typed = ['9', 'b', '', '2', 'shop.example.org', '2'];
  const shown: string[] = [];
  const { unit, values, host, pauses } = askedQuestions(async (question) => {
    shown.push(question);
    return typed.shift() ?? '';
  });
  expect(await unit(['a', 'b'])).toBe('b');
  expect(await unit(['a', 'b'])).toBe('a');
  expect(await values(['dev.yaml'])).toBe('dev.yaml');
  expect(await host('shop.example.com')).toBe('shop.example.org');
  expect(await pauses()).toBe('real');
  expect(shown[0]).toContain('  2. b');
  expect(shown[1]).toContain("'9' is none of these");
  expect([await values(['dev.yaml']), await host('h.test'), await pauses()]).toEqual([undefined, 'h.test', 'short']);
});
