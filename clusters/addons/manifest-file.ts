/** YAML files to objects, and small edits of objects before they are applied. */
import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../k8s/client/object.ts';

/** @throws SyntaxError when a document is not YAML; our own and upstream files only, never a user's */
export function parseManifests(text: string, where: string): KubeObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [problem] = document.errors ?? [];
    if (problem) throw new SyntaxError(`${where}: ${problem.message}`);
    const value = document.toJS({ maxAliasCount: -1 }) as KubeObject | null;
    if (value === null || value.kind === undefined) return [];
    return value.kind === 'List' ? (value.items as KubeObject[]) : [value];
  });
}

export async function readManifests(file: string): Promise<KubeObject[]> {
  return parseManifests(await readFile(file, 'utf8'), file);
}

export const namespaceObject = (name: string, labels: Readonly<Record<string, string>> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});

interface Probe {
  initialDelaySeconds?: number;
  periodSeconds?: number;
}

/** Readiness looked at every second from the start: the programs start in milliseconds, not after an image pull. */
export function withFastProbes(object: KubeObject): KubeObject {
  if (object.kind !== 'Deployment' && object.kind !== 'StatefulSet') return object;
  const copy = structuredClone(object) as KubeObject;
  const template = copy.spec?.template as { spec?: { containers?: { readinessProbe?: Probe }[] } } | undefined;
  for (const container of template?.spec?.containers ?? [])
    if (container.readinessProbe) {
      container.readinessProbe.initialDelaySeconds = 0;
      container.readinessProbe.periodSeconds = 1;
    }
  return copy;
}
