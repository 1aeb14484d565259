/**
 * Kubernetes objects of a set of files, each traceable to file, line and column. Pure.
 *
 * `kind: List` is unfolded. A document without kind and name is no object and is left out (values files, say).
 */
import type { FindingReport } from '../../reports/model/run-report.ts';
import {
  formatPosition,
  parseYamlSource,
  type SourcePosition,
  type ValuePath,
  type YamlDocument,
  type YamlSource,
} from '../documents/yaml-source.ts';
import { groupedBy } from './once-per-list.ts';

export type Finding = FindingReport;

export interface ManifestFile {
  /** Relative to the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** What a template renders to, with places in it: the text is none to be read then. */
  readonly objects?: readonly ManifestObject[];
}

export interface ManifestObject {
  readonly path: string;
  /** `networking.istio.io`; empty for the core group. */
  readonly group: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** As written, or else `generateName`, as of hooks: the cluster adds letters, so that each is an object of its own. */
  readonly name: string;
  /** As written, or else the default of the set. */
  readonly namespace: string;
  readonly value: Readonly<Record<string, unknown>>;
  positionOf(path: ValuePath): SourcePosition;
}

export interface ManifestSet {
  readonly files: readonly ManifestFile[];
  readonly objects: readonly ManifestObject[];
  /** MANIFEST_YAML_SYNTAX, one for each place. */
  readonly syntaxFindings: readonly Finding[];
  /** What objects without a namespace belong to; empty when that is not known. */
  readonly defaultNamespace: string;
  /**
   * Objects that somebody else applies, such as another Application of the repository: never judged here, but what is
   * among them is not missing.
   */
  readonly others?: readonly ManifestObject[];
  /** Those of `others` that Applications deliver to another cluster than where this set goes. */
  readonly abroad?: ReadonlySet<ManifestObject>;
}

/** A parsed document whose values can be traced to their place. */
export type TracedDocument = Pick<YamlDocument, 'value' | 'positionOf'>;

const ISTIO_NETWORKING = 'networking.istio.io';
/** What Argo CD reads of a directory, without Jsonnet, which is a program. */
const MANIFEST_FILE = /\.(ya?ml|json)$/;

export function parseManifestSet(files: readonly ManifestFile[], defaultNamespace = ''): ManifestSet {
  const objects: ManifestObject[] = [];
  const syntaxFindings: Finding[] = [];
  for (const file of files.filter(({ path }) => MANIFEST_FILE.test(path))) {
    if (file.objects) {
      objects.push(
        ...file.objects.map((one) => (one.namespace === '' ? { ...one, namespace: defaultNamespace } : one)),
      );
      continue;
    }
    const { documents, problems } = parseYamlSource(file.path, file.text);
    syntaxFindings.push(...problems.map(syntaxFinding));
    for (const document of documents) objects.push(...objectsOf(file.path, document, defaultNamespace));
  }
  return { files, objects, syntaxFindings, defaultNamespace };
}

/** MANIFEST_YAML_SYNTAX, MANIFEST_KEY_TWICE. */
export function syntaxFinding({ sentence, position, isRepeatedKey, key }: YamlSource['problems'][number]): Finding {
  const place = { layer: 'manifest', where: formatPosition(position) } as const;
  if (isRepeatedKey)
    return {
      ...place,
      code: 'MANIFEST_KEY_TWICE',
      severity: 'warning',
      sentence: `${key === undefined ? 'a key' : `the key ${key}`} stands twice in one mapping`,
      hint: 'Argo CD and Helm take the last one in silence; kubectl refuses the object.',
    };
  return {
    ...place,
    code: 'MANIFEST_YAML_SYNTAX',
    severity: 'error',
    sentence,
    hint: 'Argo CD and kubectl refuse the whole file.',
  };
}

/** A finding at a place of an object. */
export function findingAt(
  object: ManifestObject,
  path: ValuePath,
  finding: Pick<Finding, 'code' | 'severity' | 'sentence' | 'hint'>,
): Finding {
  return { ...finding, layer: 'manifest', where: formatPosition(object.positionOf(path)) };
}

export function errorAt(
  object: ManifestObject,
  path: ValuePath,
  finding: Pick<Finding, 'code' | 'sentence' | 'hint'>,
): Finding {
  return findingAt(object, path, { ...finding, severity: 'error' });
}

export function virtualServices(set: Pick<ManifestSet, 'objects'>): readonly ManifestObject[] {
  return ofKind(set.objects, ISTIO_NETWORKING, 'VirtualService');
}

export function destinationRules(set: Pick<ManifestSet, 'objects'>): readonly ManifestObject[] {
  return ofKind(set.objects, ISTIO_NETWORKING, 'DestinationRule');
}

export function services(set: Pick<ManifestSet, 'objects'>): readonly ManifestObject[] {
  return ofKind(set.objects, '', 'Service');
}

const byKind = groupedBy(({ group, kind }: ManifestObject) => [kind, `${group}/${kind}`]);
const byName = groupedBy(({ kind, name }: ManifestObject) => [`${kind} ${name}`]);
const byNamespace = groupedBy(({ namespace }: ManifestObject) => [namespace]);

export function ofKind(objects: readonly ManifestObject[], group: string, kind: string): readonly ManifestObject[] {
  return byKind(objects).get(`${group}/${kind}`) ?? [];
}

export function ofAnyGroup(objects: readonly ManifestObject[], kind: string): readonly ManifestObject[] {
  return byKind(objects).get(kind) ?? [];
}

/** Whatever group or namespace they are of. */
export function named(objects: readonly ManifestObject[], kind: string, name: string): readonly ManifestObject[] {
  return byName(objects).get(`${kind} ${name}`) ?? [];
}

export function servicesNamed(set: Pick<ManifestSet, 'objects'>, name: string): readonly ManifestObject[] {
  return named(set.objects, 'Service', name).filter(({ group }) => group === '');
}

export function isServiceIn(set: Pick<ManifestSet, 'objects'>, place: { service: string; namespace: string }): boolean {
  return servicesNamed(set, place.service).some(({ namespace }) => namespace === place.namespace);
}

/** Of the Services of one namespace, as `servicesIn` gives them, by name. */
export const servicesByName = groupedBy(({ name }: ManifestObject) => [name]);

export function servicesIn(set: Pick<ManifestSet, 'objects'>, namespace: string): readonly ManifestObject[] {
  return byNamespace(services(set)).get(namespace) ?? [];
}

/**
 * Whether somebody else applies an object of this kind and name. In which namespace is not asked: where nobody says it,
 * it is known only to the cluster, and what is somewhere is not missing.
 */
export function isElsewhere({ others = NOBODY }: ManifestSet, kind: string, name: string): boolean {
  return named(others, kind, name).length > 0;
}

/** A set of one unit that holds no object of this kind, nor do the others: then another repository may bring them. */
export function isKindUnknown({ objects, others }: ManifestSet, kind: string): boolean {
  return others !== undefined && ![objects, others].some((list) => byKind(list).has(kind));
}

/** What a set without others has of them. */
export const NOBODY: readonly ManifestObject[] = [];

/** `VirtualService bookinfo/reviews`, or without a namespace when there is none. */
export function nameOf({ kind, namespace, name }: Pick<ManifestObject, 'kind' | 'namespace' | 'name'>): string {
  return `${kind} ${namespace && !OF_NO_NAMESPACE.test(kind) ? `${namespace}/` : ''}${name}`;
}

/** Of `generateName`: two of the same text are two objects. */
export function isNamedByCluster({ value }: Pick<ManifestObject, 'value'>): boolean {
  const metadata = asRecord(value.metadata);
  return metadata?.name === undefined && metadata?.generateName !== undefined;
}

/** Kinds of which the cluster has one set, whatever namespace the unit goes to. */
const OF_NO_NAMESPACE =
  /^(Namespace|Cluster(Role|RoleBinding|AnalysisTemplate|Issuer)|CustomResourceDefinition|PersistentVolume|StorageClass|(Ingress|Gateway|Priority)Class)$/;

/** Those of one document; `kind: List` is unfolded. */
export function objectsOf(path: string, document: TracedDocument, defaultNamespace: string): ManifestObject[] {
  const top = asRecord(document.value);
  if (!top) return [];
  if (top.kind === 'List' && Array.isArray(top.items))
    return top.items.flatMap((item, index) =>
      objectAt(path, document, asRecord(item), ['items', index], defaultNamespace),
    );
  return objectAt(path, document, top, [], defaultNamespace);
}

function objectAt(
  path: string,
  document: TracedDocument,
  value: Readonly<Record<string, unknown>> | undefined,
  prefix: ValuePath,
  defaultNamespace: string,
): ManifestObject[] {
  const metadata = asRecord(value?.metadata);
  const name = metadata?.name ?? metadata?.generateName;
  if (!value || typeof value.apiVersion !== 'string' || typeof value.kind !== 'string' || typeof name !== 'string')
    return [];
  const { apiVersion, kind } = value;
  return [
    {
      path,
      group: apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '',
      apiVersion,
      kind,
      name,
      namespace: typeof metadata?.namespace === 'string' ? metadata.namespace : defaultNamespace,
      value,
      positionOf: (inner) => document.positionOf([...prefix, ...inner]),
    },
  ];
}

/** The value as a mapping; undefined when it is anything else. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

/** The value as a list; empty when it is anything else. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The values that are texts, such as the labels of a selector (numbers and the rest are not valid there). */
export function asLabels(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(asRecord(value) ?? {});
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
