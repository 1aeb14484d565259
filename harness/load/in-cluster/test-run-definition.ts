/** Whether a cluster can have a TestRun: the definition that it serves itself, and an operator that works on it. */
import type { ClusterClient } from '../../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { environmentError, type HarnessError } from '../../errors/harness-error.ts';
import { TEST_RUNS } from './k6-test-run.ts';
import { type StructuralSchema, schemaProblems } from './structural-schema.ts';

interface DefinitionSpec {
  readonly versions?: readonly {
    readonly name: string;
    readonly served?: boolean;
    readonly schema?: { readonly openAPIV3Schema?: StructuralSchema };
  }[];
}

/** An operator that runs says within a second that it has seen a TestRun; so long where its machine is busy. */
const TAKEN_MS = 30_000;

/** What the cluster serves as our version of TestRun; undefined: nothing. */
export async function testRunSchema(client: ClusterClient): Promise<StructuralSchema | undefined> {
  const definitions = { apiVersion: 'apiextensions.k8s.io/v1', resource: 'customresourcedefinitions' };
  const definition = await client.get(definitions, 'testruns.k6.io');
  const version = TEST_RUNS.apiVersion.split('/')[1];
  const served = (definition?.spec as DefinitionSpec | undefined)?.versions?.find(
    ({ name, served: isServed }) => name === version && isServed !== false,
  );
  return served?.schema?.openAPIV3Schema;
}

export function operatorMissing(): HarnessError {
  return environmentError('K6_OPERATOR_MISSING', `the cluster serves no TestRun of ${TEST_RUNS.apiVersion}`, {
    hint: 'Several runners need the k6-operator; install it, or use one runner, which is a plain Job.',
  });
}

/**
 * A definition alone does nothing.
 * @throws HarnessError K6_OPERATOR_NOT_READY
 */
export async function requireTaken(
  client: ClusterClient,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const isTaken = (testRun: KubeObject | undefined) => ((testRun?.status?.stage as string | undefined) ?? '') !== '';
  await client
    .waitFor({ ...TEST_RUNS, namespace }, name, isTaken, {
      ...{ timeoutMs: TAKEN_MS, signal, what: 'the k6-operator to begin' },
      ranOutAt: (_testRun, where) =>
        environmentError(
          'K6_OPERATOR_NOT_READY',
          `the cluster serves TestRun, and nobody has begun to work on one within ${TAKEN_MS / 1000} s`,
          { where, hint: "Look at the k6-operator's own pod, its rights, and the namespaces that it watches." },
        ),
    })
    .catch((error: unknown) => {
      // whoever waits for the pods sees that as well, and ends in order
      if (!signal.aborted) throw error;
    });
}

/** Whether the operator can be told to leave its initializer out (since 1.3). */
export function knowsNoInitializer(schema: StructuralSchema): boolean {
  return schema.properties?.spec?.properties?.initializer?.properties?.disabled !== undefined;
}

/** @throws HarnessError TEST_RUN_REFUSED naming every field that does not fit */
export function requireTestRunFits(schema: StructuralSchema, testRun: KubeObject): void {
  // metadata is the API server's own affair: a definition says no more of it than that it is an object
  const { metadata: _metadata, ...body } = testRun;
  const { metadata: _schema, ...properties } = schema.properties ?? {};
  const problems = schemaProblems({ ...schema, properties }, body);
  if (problems.length === 0) return;
  throw environmentError(
    'TEST_RUN_REFUSED',
    `the k6-operator of this cluster has another TestRun: ${problems.join('; ')}`,
    {
      where: testRun.metadata.name,
      hint: 'Its version is one that canaryproof does not know; use one runner, which is a plain Job.',
    },
  );
}
