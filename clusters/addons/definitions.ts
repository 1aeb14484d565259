/** Definitions of kinds from an upstream install file: applied once each, and not at all where the cluster began with them. */
import { readFile } from 'node:fs/promises';
import { HarnessError } from '../../harness/errors/harness-error.ts';
import { pause } from '../../harness/process/pause.ts';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import { isEstablished } from '../../k8s/client/readiness.ts';
import { ADDON_TIMEOUTS, type AddonContext } from './addon.ts';
import { parseManifests } from './manifest-file.ts';
import { awaitEstablished } from './readiness-waits.ts';

const COLLECTION = { apiVersion: 'apiextensions.k8s.io/v1', resource: 'customresourcedefinitions' };
const DEFINITION = /^kind: CustomResourceDefinition\s*$/m;
const LOOK_EVERY_MS = 50;

export interface InstallFile {
  readonly file: string;
  /** Texts of one definition each: parsing them is worth sparing. */
  readonly definitions: readonly string[];
  readonly others: readonly KubeObject[];
}

/** @throws SyntaxError when a document beside the definitions is not YAML */
export async function readInstallFile(file: string): Promise<InstallFile> {
  const documents = (await readFile(file, 'utf8')).split(/^---$/m);
  return {
    file,
    definitions: documents.filter((text) => DEFINITION.test(text)),
    others: documents.filter((text) => !DEFINITION.test(text)).flatMap((text) => parseManifests(text, file)),
  };
}

/**
 * Returns when the API server serves all of them.
 * @param inTurn one after the other, for those that keep an API server busy for long: others get a turn between two
 * @throws HarnessError APPLY_REFUSED, WAIT_TIMEOUT; SyntaxError when one is not YAML
 */
export async function applyDefinitions(
  context: Pick<AddonContext, 'client' | 'signal' | 'definitions' | 'step'>,
  { file, definitions }: Pick<InstallFile, 'file' | 'definitions'>,
  inTurn = false,
): Promise<void> {
  const { client, signal, definitions: kept, step } = context;
  const isThere = await Promise.all(definitions.map((text) => isKept(client, kept?.nameOf(text))));
  const missing = definitions.filter((_, index) => isThere[index] === undefined);
  const applied: KubeObject[] = [];
  const apply = async (text: string) => {
    const [object, ...others] = parseManifests(text, file);
    if (object === undefined || others.length > 0) throw new SyntaxError(`${file}: one definition was expected`);
    await client.apply([object]);
    kept?.applied(text, object.metadata.name);
    applied.push(object);
    if (inTurn) step.update(`definition ${applied.length} of ${missing.length}`);
  };
  if (inTurn) for (const text of missing) await apply(text);
  else await Promise.all(missing.map(apply));
  await awaitEstablished(client, applied, signal);
  await Promise.all(
    [...applied, ...isThere.filter((one) => one !== undefined)].map((one) => awaitServed(client, one, signal)),
  );
}

/** A cluster that was to begin with it may have not. */
async function isKept(client: ClusterClient, name: string | undefined): Promise<KubeObject | undefined> {
  const found = name === undefined ? undefined : await client.get(COLLECTION, name);
  return isEstablished(found) ? found : undefined;
}

interface DefinitionSpec {
  readonly group: string;
  readonly names: { readonly kind: string };
  readonly versions: readonly { readonly name: string; readonly served: boolean }[];
}

/** "Established" is said a moment before discovery, by which an object's place is found, knows the kind. */
async function awaitServed(client: ClusterClient, { spec }: KubeObject, signal: AbortSignal): Promise<void> {
  const { group, names, versions } = spec as unknown as DefinitionSpec;
  const version = versions.find(({ served }) => served)?.name;
  if (version === undefined) return;
  const ref = { apiVersion: `${group}/${version}`, kind: names.kind, namespace: 'default' };
  const deadline = performance.now() + ADDON_TIMEOUTS.establishedMs;
  for (;;)
    try {
      await client.locate(ref);
      return;
    } catch (error) {
      const isUnknown = error instanceof HarnessError && error.code === 'KIND_UNKNOWN';
      if (!isUnknown || performance.now() > deadline) throw error;
      await pause(LOOK_EVERY_MS, signal);
    }
}
