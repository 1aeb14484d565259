import { expect, test } from 'vitest';
import { FILTERS } from '../answerers/answer-log.ts';
import type { LoadResult, LoadRunner } from '../ports/load.ts';
import { createFakeScene } from '../testkit/fakes/fake-scene.ts';
import { nameAnswerers } from './name-answerers.ts';

const ROOT = { ...FILTERS, namespace: 'istio-system' };
const RESULT: LoadResult = {
  ...{ sent: 5, received: 5, droppedIterations: 0, interrupted: 0, vusMax: 1, vusAllocated: 1 },
  ...{ generatorCpuSeconds: 0, wallMs: 1000, stoppedEarly: false, optionsJson: '{}' },
};

async function scene(load: LoadRunner) {
  const made = await createFakeScene({ load });
  const { profile } = made;
  return { ...made, profile: { ...profile, load: { ...profile.load, identify: { kind: 'proxy' as const } } } };
}

test('where answers name themselves, nothing is asked of the proxies', async () => {
  const made = await createFakeScene();
  await using named = await nameAnswerers(made);
  expect(named.load).toBe(made.load);
  expect(made.client.writes).toEqual([]);
});

test('proxies that log nothing: the run ends before any claim, and the filter goes', async () => {
  const asked: (string | undefined)[] = [];
  const silent = await scene({
    async run({ marked, receiver }, _argv, onSample) {
      asked.push(marked && receiver);
      for (let sequence = 0; sequence < 5; sequence += 1)
        onSample({ ...{ sequence, startMs: 0, endMs: 1, status: 0, errorCode: 1050, vu: 1 }, identity: '' });
      return RESULT;
    },
  });
  silent.client.put(
    { apiVersion: 'v1', resource: 'pods', namespace: 'bookinfo' },
    {
      metadata: { name: 'productpage-1', namespace: 'bookinfo', labels: { app: 'productpage' } },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    },
  );
  silent.client.put(
    { apiVersion: 'v1', resource: 'services', namespace: 'bookinfo' },
    {
      metadata: { name: 'reviews', namespace: 'bookinfo' },
      spec: { clusterIP: '10.0.0.1' },
    },
  );
  await expect(nameAnswerers(silent)).rejects.toMatchObject({
    code: 'PROXY_LOG_SILENT',
    exitCode: 3,
    message: expect.stringContaining('0 of 0 answers') as string,
  });
  expect(asked).toEqual(['reviews']);
  expect(await silent.client.get(ROOT, 'canaryproof-answers')).toBeUndefined();
  expect(silent.client.writes.map((write) => write.split(' ')[0])).toEqual(['apply', 'delete']);
});
