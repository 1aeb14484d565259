/** When the policies count as enforced, and when nothing may be deployed. What they refuse: machine-policies.integration.test.ts. */
import { expect, test } from 'vitest';
import { ApiError, type ApiRequest } from '../../../k8s/client/api-request.ts';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { enforceMachinePolicies } from './enforce-policies.ts';
import { machinePolicies, POD_POLICY, VOLUME_POLICY } from './machine-policies.ts';

const refusal = (policy: string) => new ApiError(403, `ValidatingAdmissionPolicy '${policy}' denied request: no`);
type Answer = 'taken' | 'unknown namespace' | 'refused' | ApiError;

/** Answers each probe in turn; the last answer of a policy stays. */
function server(answers: Readonly<Record<string, readonly Answer[]>>, there: readonly string[] = []) {
  const written: [string, KubeObject][] = [];
  const asked: string[] = [];
  const left = new Map(Object.entries(answers).map(([policy, list]) => [policy, [...list]]));
  const request: ApiRequest = async (method, path, { body } = {}) => {
    if (!path.includes('dryRun')) {
      const name = path.split('/').at(-1) ?? '';
      if (method !== 'GET') written.push([`${method} ${path.split('/').at(-1)}`, body as KubeObject]);
      else if (!there.includes(name)) throw new ApiError(404, 'not found');
      return JSON.stringify({ metadata: { name, resourceVersion: '7' } });
    }
    const policy = path.includes('persistentvolumes') ? VOLUME_POLICY : POD_POLICY;
    asked.push(`${method} ${path}`);
    const list = left.get(policy) ?? [];
    const answer = list.length > 1 ? list.shift() : list[0];
    if (answer === 'refused') throw refusal(policy);
    if (answer === 'unknown namespace') throw new ApiError(404, 'namespaces "default" not found');
    if (answer instanceof ApiError) throw answer;
    return '{}';
  };
  const enforce = (signal = new AbortController().signal, limitMs?: number) =>
    enforceMachinePolicies(request, signal, limitMs);
  return { written, asked, enforce };
}

test('returns when the API server refuses by both, and asks by dry runs alone', async () => {
  const { written, asked, enforce } = server({
    [POD_POLICY]: ['unknown namespace', 'taken', 'refused'],
    [VOLUME_POLICY]: ['taken', 'refused'],
  });
  await enforce();
  expect(written.map(([, object]) => object)).toEqual(machinePolicies());
  for (const [line] of written) expect(line).toMatch(/^POST validatingadmissionpolic/);
  expect(asked).toHaveLength(5);
  for (const line of asked) expect(line).toMatch(/^POST .*\?dryRun=All$/);
});

test('what is there already is replaced whole, in the state in which it was read', async () => {
  const { written, enforce } = server({ [POD_POLICY]: ['refused'], [VOLUME_POLICY]: ['refused'] }, [POD_POLICY]);
  await enforce();
  const puts = written.filter(([line]) => line.startsWith('PUT'));
  expect(puts.map(([line]) => line)).toEqual([`PUT ${POD_POLICY}`, `PUT ${POD_POLICY}`]);
  for (const [, object] of puts) expect(object.metadata).toEqual({ name: POD_POLICY, resourceVersion: '7' });
});

test.each([POD_POLICY, VOLUME_POLICY])(
  'an API server that never refuses by %s gets nothing deployed',
  async (policy) => {
    const refusing = { [POD_POLICY]: ['refused'], [VOLUME_POLICY]: ['refused'] } as const;
    const { enforce } = server({ ...refusing, [policy]: ['taken'] });
    await expect(enforce(undefined, 0)).rejects.toMatchObject({
      code: 'ADMISSION_NOT_ENFORCED',
      exitCode: 3,
      message: expect.stringContaining(policy),
    });
  },
);

test.each([
  ['a refusal for another reason', new ApiError(403, 'deployments.apps is forbidden: user cannot create')],
  ['a failure', new ApiError(500, 'etcdserver: request timed out')],
])('%s is no enforcement', async (_, answer) => {
  const { enforce } = server({ [POD_POLICY]: [answer], [VOLUME_POLICY]: ['refused'] });
  await expect(enforce()).rejects.toBe(answer);
});

test('whoever does not want to wait does not', async () => {
  const told = new AbortController();
  const { enforce } = server({ [POD_POLICY]: ['taken'], [VOLUME_POLICY]: ['taken'] });
  const waiting = enforce(told.signal);
  told.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});

test('nothing is left out by a selector, only warned of, or taken where it cannot be judged', () => {
  const objects = machinePolicies();
  const policies = objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
  expect(policies.map(({ metadata }) => metadata.name)).toEqual([POD_POLICY, VOLUME_POLICY]);
  for (const { spec } of policies) expect(spec).toMatchObject({ failurePolicy: 'Fail' });
  const bindings = objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');
  expect(bindings.map(({ spec }) => spec)).toEqual(
    policies.map(({ metadata }) => ({ policyName: metadata.name, validationActions: ['Deny'] })),
  );
});
