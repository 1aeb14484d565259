/**
 * How an object on a cluster says whose it is. A name of a cluster or a profile says nothing: two people use the same
 * one. An installation is a random id, known from its owner's state file alone, and a label that was copied along with an
 * object (by a controller, or by somebody's `kubectl apply`) does not make the copy ours.
 */
import { environmentError } from '../../harness/errors/harness-error.ts';
import { type KubeObject, objectName } from './object.ts';

/** Value: name of the cluster as canaryproof knows it; for people. */
const OWNER_LABEL = 'canaryproof.dev/cluster';
/** Value: random id of one installation on one cluster. */
export const INSTALLATION_LABEL = 'canaryproof.dev/installation';
/** Value: Unix seconds. After that a later run of the same user may remove it. */
const EXPIRY_LABEL = 'canaryproof.dev/expires-at';
/** Value: name of one load; on everything that a load consists of. */
export const LOAD_LABEL = 'canaryproof.dev/load';
/** Annotation that names the very object it was put on. */
const MADE_AS = 'canaryproof.dev/made-as';

export interface Ownership {
  readonly cluster: string;
  readonly installation: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

export function ownerLabels({ cluster, installation, expiresAt }: Ownership): Readonly<Record<string, string>> {
  return {
    [OWNER_LABEL]: cluster,
    [INSTALLATION_LABEL]: installation,
    [EXPIRY_LABEL]: String(Math.floor(expiresAt / 1000)),
  };
}

/** What names an object for good: its place in the API. */
export interface ObjectPlace {
  /** Group without its version: an object is the same one in every version. */
  readonly group: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

function madeAs(
  owner: Pick<Ownership, 'installation'>,
  { group, resource, namespace = '', name }: ObjectPlace,
): string {
  return `${owner.installation}:${group}/${resource}:${namespace}/${name}`;
}

/** The object with our marks, as it is to be made at that place. */
export function marked(object: KubeObject, owner: Ownership, place: ObjectPlace): KubeObject {
  const { metadata } = object;
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, ...ownerLabels(owner) },
      annotations: { ...metadata.annotations, [MADE_AS]: madeAs(owner, place) },
    },
  };
}

/** Whether that installation made the object at that very place. */
export function isMadeBy(owner: Pick<Ownership, 'installation'>, object: KubeObject, place: ObjectPlace): boolean {
  const { labels, annotations } = object.metadata;
  return labels?.[INSTALLATION_LABEL] === owner.installation && annotations?.[MADE_AS] === madeAs(owner, place);
}

export function foreignError(object: KubeObject, verb: string): Error {
  return environmentError('OBJECT_FOREIGN', `${objectName(object)} is there and not this canaryproof's`, {
    where: objectName(object),
    hint: `Nothing was changed (${verb}). Use a cluster where that name is free, or remove the object yourself.`,
  });
}
