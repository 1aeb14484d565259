/** Checks a TestRun against the definition that the cluster itself serves. */

import type { ClusterClient } from '../../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { type StructuralSchema, schemaProblems } from './structural-schema.ts';

interface DefinitionSpec {
  readonly versions?: readonly {
    readonly name: string;
    readonly served?: boolean;
    readonly schema?: { readonly openAPIV3Schema?: StructuralSchema };
  }[];
}

/** @throws HarnessError K6_OPERATOR_MISSING, TEST_RUN_REFUSED naming every field that does not fit */
export async function requireTestRunFits(client: ClusterClient, testRun: KubeObject): Promise<void> {
  const definitions = { apiVersion: 'apiextensions.k8s.io/v1', resource: 'customresourcedefinitions' };
  const definition = await client.get(definitions, 'testruns.k6.io');
  const version = (testRun.apiVersion ?? '').split('/')[1];
  const served = (definition?.spec as DefinitionSpec | undefined)?.versions?.find(
    ({ name, served: isServed }) => name === version && isServed !== false,
  );
  if (!served?.schema?.openAPIV3Schema)
    throw environmentError('K6_OPERATOR_MISSING', `the cluster serves no TestRun of ${testRun.apiVersion}`, {
      hint: 'Several runners need the k6-operator; install it, or use one runner, which is a plain Job.',
    });
  // metadata is the API server's own affair: a definition says no more of it than that it is an object
  const { metadata: _metadata, ...body } = testRun;
  const { metadata: _schema, ...properties } = served.schema.openAPIV3Schema.properties ?? {};
  const problems = schemaProblems({ ...served.schema.openAPIV3Schema, properties }, body);
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
