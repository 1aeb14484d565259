/**
 * Makes known-fields.json anew from the CustomResourceDefinitions of the pinned components:
 * `node harness/lint/schemas/write-known-fields.ts "Istio 1.31.0=crd-all.gen.yaml" "Argo Rollouts 1.9.2=crds/rollout-crd.yaml" …`
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseYamlSource } from '../../documents/yaml-source.ts';
import { tableOf } from './field-table.ts';

const KINDS = new Set([
  'VirtualService',
  'DestinationRule',
  'Gateway',
  'ServiceEntry',
  'Rollout',
  'AnalysisTemplate',
  'ClusterAnalysisTemplate',
  'Experiment',
  'Application',
]);

if (import.meta.main) {
  const given = process.argv.slice(2).map((entry) => entry.split('='));
  const files = await Promise.all(
    given.map(async ([, file = '']) => parseYamlSource(path.basename(file), await readFile(file, 'utf8'))),
  );
  const definitions = files.flatMap(({ documents }) => documents.map(({ value }) => value));
  const sources = [...new Set(given.map(([name = '']) => name))];
  const table = tableOf(definitions, KINDS, sources);
  await writeFile(path.join(import.meta.dirname, 'known-fields.json'), `${JSON.stringify(table, null, 2)}\n`);
}
