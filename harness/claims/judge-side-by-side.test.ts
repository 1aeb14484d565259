/** Claims that work on copies are judged at the same time where the profile says so, and in their order where it does not. */
import { expect, test } from 'vitest';
import type { RunReport } from '../../reports/model/run-report.ts';
import type { ClaimResult } from '../scene/claim-result.ts';
import type { Scene } from '../scene/scene.ts';
import { createFakeScene } from '../testkit/fakes/fake-scene.ts';
import type { Claim } from './declarations.ts';
import { judgeClaims } from './judge-in-order.ts';

const claimOf = (id: string, kind: string) => ({ id: `shop/${id}`, title: id, kind }) as unknown as Claim;
const CLAIMS = [
  claimOf('split', 'sidecars'),
  claimOf('undo', 'undo'),
  claimOf('manual', 'manual-judgment'),
  claimOf('lost', 'no-lost-request'),
  claimOf('last', 'sidecars'),
];

async function play(sideBySide: boolean, { broken, idle }: { broken?: string; idle?: number } = {}) {
  const running = new Set<string>();
  const seen: string[] = [];
  const judge = async (claim: Claim, { besideOthers = false }: Scene): Promise<ClaimResult> => {
    running.add(claim.title);
    await new Promise((resolve) => setImmediate(resolve));
    seen.push(`${claim.title} beside ${running.size - 1}${besideOthers ? ' as meant' : ''}`);
    await new Promise((resolve) => setImmediate(resolve));
    running.delete(claim.title);
    if (claim.title === broken) throw new TypeError('a bug');
    const { id, title } = claim;
    return { claim: { id, title, outcome: 'passed', sentence: '', details: [], durationMs: 0 } };
  };
  const scene = await createFakeScene();
  const profile = { ...scene.profile, claims: CLAIMS, load: { ...scene.profile.load, sideBySide } };
  const idleCores = idle === undefined ? {} : { idleCores: async () => idle };
  const results = await judgeClaims({ ...scene, profile, ...idleCores }, () => judge);
  return { seen, ids: results.map(({ claim }) => claim.title) };
}

test('those in a row, and nobody else', async () => {
  const { seen, ids } = await play(true);
  expect(ids).toEqual(['split', 'undo', 'manual', 'lost', 'last']);
  expect(seen).toEqual([
    'split beside 0',
    ...['undo', 'manual', 'lost'].map((title) => `${title} beside 2 as meant`),
    'last beside 0',
  ]);
});

test('one after the other by default', async () => {
  expect((await play(false)).seen.map((one) => one.split(' ').slice(1).join(' '))).toEqual(Array(5).fill('beside 0'));
});

test('as many as the machine carries, one where it does other things', async () => {
  const besides = async (idle: number) =>
    (await play(true, { idle })).seen.map((one) => Number(/beside (\d)/.exec(one)?.[1]));
  expect(await besides(1.5)).toEqual([0, 2, 2, 2, 0]);
  expect(await besides(0.8)).toEqual([0, 1, 1, 0, 0]);
  expect(await besides(0.05)).toEqual([0, 0, 0, 0, 0]);
});

test('what breaks one of them ends the run, when the others are done', async () => {
  await expect(play(true, { broken: 'manual' })).rejects.toThrow('a bug');
});

test('one that an interruption kept from its verdict keeps its place before those beside it that have theirs', async () => {
  const controller = new AbortController();
  const scene = await createFakeScene({ signal: controller.signal });
  const profile = { ...scene.profile, claims: CLAIMS, load: { ...scene.profile.load, sideBySide: true } };
  const results = await judgeClaims({ ...scene, profile }, () => async ({ id, title }, { signal }) => {
    if (title === 'manual') controller.abort();
    if (title === 'undo') await new Promise((resolve) => setImmediate(resolve));
    if (title === 'undo') signal.throwIfAborted();
    return { claim: { id, title, outcome: 'passed', sentence: 'It holds.', details: [], durationMs: 0 } };
  });
  expect(results.map(({ claim }) => [claim.title, claim.outcome, claim.sentence])).toEqual([
    ['split', 'passed', 'It holds.'],
    ['undo', 'inconclusive', 'Not judged: the run was interrupted.'],
    ...['manual', 'lost'].map((title) => [
      title,
      'inconclusive',
      'Cut short: the run was interrupted before this was decided. It holds.',
    ]),
  ]);
});

test('each is told with the time that it took in the run before, where it was in it', async () => {
  const told: [string, number | undefined][] = [];
  const scene = await createFakeScene();
  const before = { claims: [{ id: 'shop/undo', durationMs: 62_000 }] } as unknown as RunReport;
  const [split, undo] = CLAIMS;
  await judgeClaims(
    {
      ...scene,
      profile: { ...scene.profile, claims: [split!, undo!] },
      earlierReport: async () => before,
      progress: {
        ...scene.progress,
        claim: ({ id, state, lastTookMs }) => void (state === 'waiting' && told.push([id, lastTookMs])),
      },
    },
    () =>
      async ({ id, title }) => ({
        claim: { id, title, outcome: 'passed', sentence: '', details: [], durationMs: 0 },
      }),
  );
  expect(told).toEqual([
    ['shop/split', undefined],
    ['shop/undo', 62_000],
  ]);
});
