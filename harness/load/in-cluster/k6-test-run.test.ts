import { describe, expect, test } from 'vitest';
import { createFakeClusterClient } from '../../testkit/fakes/fake-cluster-client.ts';
import { k6Job } from './k6-job.ts';
import { k6TestRun } from './k6-test-run.ts';
import { type StructuralSchema, schemaProblems } from './structural-schema.ts';
import { knowsNoInitializer, requireTestRunFits, testRunSchema } from './test-run-definition.ts';

const OPTIONS = {
  name: 'k6-one',
  namespace: 'shop',
  image: 'docker.io/grafana/k6:2.2.0',
  script: 'export default function () {}\n//# sourceMappingURL=data:application/json;base64,AAAA\n',
  meshed: true,
  labels: { 'canaryproof.dev/cluster': 'shop' },
  stopSeconds: 30,
  deadlineSeconds: 240,
  environment: { GOGC: '400' },
};

/** The documented fields of a TestRun (grafana/k6-operator, TestRunSpec), as far as they are used here. */
const text: StructuralSchema = { type: 'string' };
const texts: StructuralSchema = { type: 'object', additionalProperties: text };
const pod: StructuralSchema = {
  type: 'object',
  properties: {
    image: text,
    imagePullPolicy: text,
    env: { type: 'array', items: { type: 'object', properties: { name: text, value: text }, required: ['name'] } },
    metadata: { type: 'object', properties: { annotations: texts, labels: texts } },
    containerSecurityContext: { type: 'object', properties: { allowPrivilegeEscalation: { type: 'boolean' } } },
    livenessProbe: {
      type: 'object',
      properties: {
        tcpSocket: {
          type: 'object',
          required: ['port'],
          properties: { port: { 'x-kubernetes-int-or-string': true } },
        },
        ...Object.fromEntries(
          ['initialDelaySeconds', 'periodSeconds', 'failureThreshold'].map((name) => [name, { type: 'integer' }]),
        ),
      },
    },
  },
};
const DOCUMENTED: StructuralSchema = {
  type: 'object',
  properties: {
    apiVersion: text,
    kind: text,
    metadata: { type: 'object' },
    spec: {
      type: 'object',
      required: ['parallelism', 'script'],
      properties: {
        parallelism: { type: 'integer' },
        script: {
          type: 'object',
          properties: {
            configMap: { type: 'object', required: ['name'], properties: { name: text, file: text } },
            localFile: text,
          },
        },
        separate: { type: 'boolean' },
        arguments: text,
        quiet: text,
        paused: text,
        cleanup: { type: 'string', enum: ['post'] },
        initializer: pod,
        starter: pod,
        runner: pod,
      },
    },
  },
};
const definition = (schema: StructuralSchema) => ({
  kind: 'CustomResourceDefinition',
  metadata: { name: 'testruns.k6.io' },
  spec: { versions: [{ name: 'v1alpha1', served: true, schema: { openAPIV3Schema: schema } }] },
});
const DEFINITIONS = { apiVersion: 'apiextensions.k8s.io/v1', resource: 'customresourcedefinitions' };

describe('a Job', () => {
  const [configMap, job] = k6Job(OPTIONS);
  test('brings the script without its source map and is never tried again', () => {
    expect(configMap.data).toEqual({ 'script.js': 'export default function () {}\n' });
    expect(job).toMatchObject({
      kind: 'Job',
      metadata: { namespace: 'shop', labels: { 'canaryproof.dev/cluster': 'shop', 'canaryproof.dev/load': 'k6-one' } },
      spec: { backoffLimit: 0, template: { spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 30 } } },
    });
  });
  test('is ended, and taken away, by the cluster when nobody is left to do it', () => {
    expect(job.spec).toMatchObject({ activeDeadlineSeconds: 240, ttlSecondsAfterFinished: 600 });
  });
  test('is in the mesh or outside it as it was asked, and waits for its proxy', () => {
    const template = (meshed: boolean) =>
      (k6Job({ ...OPTIONS, meshed })[1].spec as { template: { metadata: object } }).template.metadata;
    expect(template(true)).toMatchObject({
      labels: { 'sidecar.istio.io/inject': 'true' },
      annotations: { 'proxy.istio.io/config': expect.stringContaining('holdApplicationUntilProxyStarts') },
    });
    expect(template(false)).toMatchObject({ labels: { 'sidecar.istio.io/inject': 'false' } });
  });
});

describe('a TestRun', () => {
  const [, testRun] = k6TestRun({ ...OPTIONS, runners: 3 });
  test('fits the documented fields', async () => {
    expect(schemaProblems(DOCUMENTED, testRun)).toEqual([]);
    const client = createFakeClusterClient();
    client.put(DEFINITIONS, definition(DOCUMENTED));
    requireTestRunFits((await testRunSchema(client))!, testRun);
    expect(testRun.spec).toMatchObject({ parallelism: 3, quiet: 'false' });
  });

  test('its runners are ended by their kubelets when nobody is left to do it', () => {
    const { runner } = testRun.spec as { runner: { livenessProbe: object } };
    // a port at which nobody listens, looked at for the first time at the deadline; one failure is enough
    expect(runner.livenessProbe).toMatchObject({
      tcpSocket: { port: 1 },
      initialDelaySeconds: OPTIONS.deadlineSeconds,
      failureThreshold: 1,
    });
  });

  test('whose script begins by the clock is not held back, and has no initializer where that is known', () => {
    const { spec } = k6TestRun({ ...OPTIONS, runners: 3, startsByClock: true, noInitializer: true })[1];
    expect(spec).toMatchObject({ paused: 'false', initializer: { disabled: true } });
    expect(testRun.spec).not.toHaveProperty('paused');
    const initializer = { type: 'object', properties: { ...pod.properties, disabled: { type: 'boolean' } } };
    const known = {
      ...DOCUMENTED.properties!.spec!,
      properties: { ...DOCUMENTED.properties!.spec!.properties, initializer },
    };
    expect(knowsNoInitializer(DOCUMENTED)).toBe(false);
    expect(knowsNoInitializer({ ...DOCUMENTED, properties: { spec: known } })).toBe(true);
  });

  test('another definition is refused with every field that does not fit', async () => {
    const client = createFakeClusterClient();
    expect(await testRunSchema(client)).toBeUndefined();
    const spec = DOCUMENTED.properties!.spec!;
    const { quiet: _quiet, ...properties } = spec.properties!;
    const other = {
      ...spec,
      required: ['parallelism', 'script', 'tenant'],
      properties: { ...properties, parallelism: text },
    };
    client.put(DEFINITIONS, definition({ ...DOCUMENTED, properties: { ...DOCUMENTED.properties, spec: other } }));
    const schema = (await testRunSchema(client))!;
    expect(() => requireTestRunFits(schema, testRun)).toThrow(
      expect.objectContaining({
        code: 'TEST_RUN_REFUSED',
        message: expect.stringMatching(
          /lacks tenant.*\.spec\.parallelism: not of type string.*\.spec\.quiet: no such field/,
        ),
      }),
    );
  });
});

test.each<[StructuralSchema, unknown, readonly string[]]>([
  [{ 'x-kubernetes-int-or-string': true }, 1.5, ['(top): neither a number nor a text']],
  [{ type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: {} }, { a: 1 }, []],
  [{ type: 'object', properties: {} }, { a: 1 }, ['.a: no such field']],
  [{ type: 'array', items: { type: 'integer' } }, [1, 'a'], ['[1]: not of type integer']],
  [{ enum: ['post'] }, 'pre', ['(top): not one of post']],
])('%j of %j', (schema, value, problems) => {
  expect(schemaProblems(schema, value)).toEqual(problems);
});
