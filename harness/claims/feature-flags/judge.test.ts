import { describe, expect, test } from 'vitest';
import { bucketOf } from '../../../k8s/workload/flags/evaluate-flag.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { APPLICATION_COLLECTION, application } from '../../testkit/fakes/fake-scene.ts';
import { fewOf, thorough } from '../../testkit/runner/thorough.ts';
import { CONFIG_MAPS, deliveredFlag, flagWorld, PODS, type SeenRequest, type WorldChange } from './flag-fixture.ts';
import { judgeFeatureFlags } from './judge.ts';

async function judged(
  change: WorldChange = {},
  prepare: (world: Awaited<ReturnType<typeof flagWorld>>) => void = () => undefined,
) {
  const world = await flagWorld(change);
  prepare(world);
  return { ...world, ...(await judgeFeatureFlags(world.claim, world.scene, async () => world.server)) };
}

/** As if the flag were on. */
const bookOf = (user: string, percentage: number) => (bucketOf('new-checkout', user) <= percentage ? 'on' : 'off');
const drawn = ({ sequence }: SeenRequest) => (sequence * 2_654_435_761) % 100;

test('the declared share of users, each of them always; a toggle for everybody; and nothing forgotten', async () => {
  const { claim: seen, splits, findings, asked, books } = await judged();
  expect(seen.outcome, seen.sentence).toBe('passed');
  expect(seen.sentence).toMatch(/^Of [\d,]+ users, on /);
  expect(findings).toEqual([]);
  expect(seen.sentence).toContain(
    'Each user kept his answer. Switched off, new-checkout was gone for everybody after 0.8 s',
  );
  expect(seen.sentence).toContain('all of them the same while Unleash was away');
  // users and requests apart
  expect(splits).toMatchObject([
    { title: 'users who get new-checkout', outcome: 'passed' },
    { title: 'requests by version, beside the flag', outcome: 'passed' },
  ]);
  expect(seen.details).toContainEqual({ label: 'users', value: '1,118' });
  expect(asked).toEqual(['set', 'off', 'on', 'leave', 'come back']);
  expect(books).toHaveLength(1);
  expect(seen.details).toContainEqual({ label: 'deployed meanwhile', value: 'nothing' });
});

thorough('a mesh that splits otherwise is said, and is no fault of the flag', async () => {
  const { claim: seen, splits } = await judged({ meshShare: 0.5 });
  expect(splits?.map(({ outcome }) => outcome)).toEqual(['passed', 'failed']);
  expect(seen.outcome).toBe('passed');
});

describe('fails', () => {
  test.each<[string, WorldChange, string, string]>(
    fewOf(2, [
      [
        'when users flip, whatever the share is',
        { answers: (request) => (request.isOn && drawn(request) < 30 ? 'on' : 'off') },
        'FLAG_FLIPS',
        'users were answered with new-checkout on as well as off, while nobody toggled it',
      ],
      [
        'when one version does not hear of the toggle',
        {
          answers: ({ version, byTheBook, user, percentage }) =>
            version === 'v2.0.0' ? bookOf(user, percentage) : byTheBook,
        },
        'FLAG_TOGGLE_IGNORED',
        '5.0 s after new-checkout was switched off, ',
      ],
      [
        'when the flag never comes on again',
        { answers: withMemory((request, seen) => (seen.wasOff ? 'off' : request.byTheBook)) },
        'FLAG_TOGGLE_IGNORED',
        'after new-checkout was switched on again nobody got it',
      ],
      [
        'when other users have it after a toggle',
        {
          answers: withMemory(({ isOn, user, byTheBook, percentage }, seen) =>
            isOn && seen.wasOff ? bookOf(`${user}-anew`, percentage) : byTheBook,
          ),
        },
        'FLAG_USERS_CHANGED',
        'users got something else than before',
      ],
      [
        'when it is off while Unleash is away',
        { answers: ({ isAway, version, byTheBook }) => (isAway && version === 'v2.0.0' ? 'off' : byTheBook) },
        'FLAG_FORGOTTEN',
        'while Unleash was away',
      ],
      [
        'when nobody knows the flag while Unleash is away',
        { answers: ({ isAway, byTheBook }) => (isAway ? 'unknown' : byTheBook) },
        'FLAG_FORGOTTEN',
        'while Unleash was away',
      ],
      [
        'when some answers do not speak of the flag',
        { answers: ({ sequence, byTheBook }) => (sequence % 100 === 7 ? undefined : byTheBook) },
        'FLAG_NOT_EVALUATED',
        'answers do not say what came of flag new-checkout',
      ],
      [
        'when a pod is replaced meanwhile',
        { meanwhile: (sequence, { client }) => sequence === 10_000 && client.remove(PODS, 'app-v2') },
        'FLAG_BY_DEPLOYMENT',
        'something was deployed meanwhile: app-v2',
      ],
    ]),
  )('%s', async (_, change, code, sentence) => {
    const { claim: seen, findings } = await judged(change);
    expect(
      findings?.map((finding) => finding.code),
      seen.sentence,
    ).toEqual([code]);
    expect(findings?.[0]).toMatchObject({ severity: 'error', hint: expect.stringMatching(/\S/) as string });
    expect(seen).toMatchObject({ outcome: 'failed', sentence: expect.stringContaining(sentence) as string });
  });

  test.each<[string, NonNullable<WorldChange['answers']>, string]>([
    [
      'nobody is answered while Unleash is away',
      ({ isAway, byTheBook }) => (isAway ? 'lost' : byTheBook),
      'while Unleash was away 1,1',
    ],
    [
      'the service errs whenever the flag is off',
      ({ isOn, byTheBook }) => (isOn ? byTheBook : 'lost'),
      'while it was switched off 1,1',
    ],
  ])('when %s', async (_, answers, sentence) => {
    const { claim: seen, findings } = await judged({ answers });
    expect(seen.outcome, seen.sentence).toBe('failed');
    expect(findings?.map(({ code }) => code)).toEqual(['FLAG_UNANSWERED']);
    expect(seen.sentence).toContain(sentence);
  });

  test('when another revision is deployed meanwhile', async () => {
    const { claim: seen, findings } = await judged({
      meanwhile: (sequence, { client }) =>
        sequence === 10_000 && client.put(APPLICATION_COLLECTION, application({ revision: 'f'.repeat(40) })),
    });
    expect(seen.outcome).toBe('failed');
    expect(findings?.map(({ code }) => code)).toEqual(['FLAG_BY_DEPLOYMENT']);
    expect(seen.sentence).toMatch(/revision \w+ to f{12}/);
  });

  test('not for a few requests that are lost', async () => {
    const { claim: seen } = await judged({
      answers: ({ sequence, byTheBook }) => (sequence % 100 === 7 ? 'lost' : byTheBook),
    });
    expect(seen.outcome, seen.sentence).toBe('passed');
  });

  thorough('when Unleash has another percentage than Git declares', async () => {
    const { claim: seen, findings } = await judged({}, ({ scene }) =>
      scene.client.put(CONFIG_MAPS, deliveredFlag({ rollout: '38' })),
    );
    expect(findings).toMatchObject([{ code: 'FLAG_SHARE' }]);
    expect(seen.outcome).toBe('failed');
  });
});

describe('cannot be judged', () => {
  test('when the flag server is without its database: as soon as somebody toggles, and all is put back', async () => {
    const without = environmentError('FLAG_SERVER_WITHOUT_DATABASE', 'no database');
    const toggle = async () => {
      throw without;
    };
    const world = await flagWorld({ server: { toggle } });
    await expect(judgeFeatureFlags(world.claim, world.scene, async () => world.server)).rejects.toBe(without);
  });

  thorough('when Unleash does not come back', async () => {
    const gone = environmentError('WAIT_TIMEOUT', 'not back');
    const comeBack = async () => {
      throw gone;
    };
    const world = await flagWorld({ server: { comeBack } });
    await expect(judgeFeatureFlags(world.claim, world.scene, async () => world.server)).rejects.toBe(gone);
  });

  test('where the cluster does not have what Git declares', async () => {
    const world = await flagWorld();
    world.scene.client.remove(CONFIG_MAPS, 'feature-flags');
    await expect(judgeFeatureFlags(world.claim, world.scene, async () => world.server)).rejects.toMatchObject({
      code: 'FLAG_NOT_DELIVERED',
    });
  });
});

test('the run ends in the middle: nothing comes of it, and the flag is on again', async () => {
  const controller = new AbortController();
  const reason = new Error('interrupted');
  const world = await flagWorld({
    scene: { signal: controller.signal },
    answers: withMemory(({ byTheBook }, { wasOff }) => {
      if (wasOff) controller.abort(reason);
      return byTheBook;
    }),
  });
  await expect(judgeFeatureFlags(world.claim, world.scene, async () => world.server)).rejects.toBe(reason);
  expect(world.asked).toEqual(['set', 'off', 'on']);
});

thorough('who does not promise it is not asked to do without Unleash', async () => {
  const world = await flagWorld({ answers: ({ isAway, byTheBook }) => (isAway ? 'off' : byTheBook) });
  const claim = { ...world.claim, servesLastKnown: false };
  const { claim: seen } = await judgeFeatureFlags(claim, world.scene, async () => world.server);
  expect(seen).toMatchObject({ outcome: 'passed', sentence: expect.not.stringContaining('away') as string });
  expect(world.asked).toEqual(['set', 'off', 'on']);
});

interface Memory {
  wasOff: boolean;
}

function withMemory(
  answers: (request: SeenRequest, memory: Memory) => 'on' | 'off',
): NonNullable<WorldChange['answers']> {
  const memory = { wasOff: false };
  return (request) => {
    // it is on from the first request on
    memory.wasOff ||= !request.isOn;
    return answers(request, memory);
  };
}
