import { expect, test } from 'vitest';
import { createRecordedEngine } from '../../testkit/fakes/recorded-engine.ts';
import { realClusterChecks } from './doctor-real-clusters.ts';

test('an engine is described with what it has room for; minikube is said to be tested by a record', async () => {
  const checks = await realClusterChecks(createRecordedEngine('').run);
  expect(checks.map(({ name }) => name)).toEqual(['docker', 'kind', 'minikube']);
  expect(checks[0]?.found).toMatch(/^engine 20\.10\.24\S*, cgroup v1, \d+\.\d GiB of memory free/);
  expect(checks[2]).toMatchObject({
    state: 'ok',
    found: expect.stringContaining('tested against a record of that command line'),
  });
});

test('nothing there: warnings with what to do, because no other verb needs them', async () => {
  const engine = createRecordedEngine('');
  engine.answer(/^docker info/, { notFound: true });
  engine.answer(/^kind version/, { notFound: true });
  engine.answer(/^minikube version/, { notFound: true });
  const checks = await realClusterChecks(engine.run);
  expect(checks.map(({ state }) => state)).toEqual(['warning', 'ok', 'warning']);
  expect(checks[0]).toMatchObject({ found: expect.stringContaining('no `docker`'), fix: expect.any(String) });
  expect(checks[1]?.found).toContain('built when it is first needed');
  expect(checks[2]?.fix).toContain('minikube.sigs.k8s.io');
});
