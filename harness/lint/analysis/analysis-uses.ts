/** Where Rollouts and Experiments run AnalysisTemplates, and with which arguments. Pure. */
import type { ValuePath } from '../../documents/yaml-source.ts';
import { asList, asRecord, type ManifestObject, type ManifestSet, named } from '../manifest-set.ts';
import { oncePerList } from '../once-per-list.ts';
import { CANARY, textOf } from '../rollouts/rollout-objects.ts';

/** Stand-ins for what only the cluster knows: two hashes that no text of Git holds by chance. */
export const CANARY_HASH = '7c9d8b7f5d';
export const STABLE_HASH = '5f4b6c8d9c';
/** Of objects that name no namespace, where the set has no default either. */
export const UNKNOWN_NAMESPACE = 'namespace-of-the-unit';

export interface GivenArgument {
  readonly name: string;
  /** Undefined: known in the cluster only. Argo makes an argument without value and valueFrom an empty text. */
  readonly value: string | undefined;
  /** Neither `value` nor `valueFrom`. */
  readonly isBlank: boolean;
  /** A label or annotation that it is taken from, and that the owner does not have in Git. */
  readonly lacks?: string;
  readonly path: ValuePath;
}

export type UseKind = 'background' | 'step' | 'promotion' | 'experiment';

export interface AnalysisUse {
  readonly owner: ManifestObject;
  readonly kind: UseKind;
  /** Of the block with `templates` and `args`. */
  readonly path: ValuePath;
  readonly args: readonly GivenArgument[];
  /** Those that the set holds, with the templates that they refer to themselves. */
  readonly templates: readonly ManifestObject[];
  /** All that it names itself, known or not. */
  readonly named: readonly { readonly kind: string; readonly name: string }[];
  readonly isComplete: boolean;
  readonly dryRun: readonly { readonly metricName: string; readonly path: ValuePath }[];
  /** Index of the canary step at which it starts: its own, or `startingStep`. */
  readonly step: number;
}

/** In the order of the files. */
export function analysisUses(set: ManifestSet, templates: readonly ManifestObject[]): readonly AnalysisUse[] {
  return set.objects
    .filter(({ group }) => group === 'argoproj.io')
    .flatMap((owner) => blocksOf(owner).map((block) => useOf(templates, owner, block)));
}

interface Block {
  readonly kind: UseKind;
  readonly path: ValuePath;
  readonly value: Readonly<Record<string, unknown>>;
  readonly step: number;
}

function blocksOf(owner: ManifestObject): readonly Block[] {
  const spec = asRecord(owner.value.spec);
  const block = (kind: UseKind, value: unknown, path: ValuePath, step = 0): Block[] => {
    const record = asRecord(value);
    return record ? [{ kind, path, value: record, step }] : [];
  };
  const experiment = (value: unknown, path: ValuePath, step = 0): Block[] =>
    asList(asRecord(value)?.analyses).flatMap((one, index) =>
      block('experiment', one, [...path, 'analyses', index], step),
    );
  if (owner.kind === 'Experiment') return experiment(spec, ['spec']);
  if (owner.kind !== 'Rollout') return [];
  const strategy = asRecord(spec?.strategy);
  const canary = asRecord(strategy?.canary);
  const blueGreen = asRecord(strategy?.blueGreen);
  const background = asRecord(canary?.analysis);
  const startingStep = typeof background?.startingStep === 'number' ? background.startingStep : 0;
  return [
    ...block('background', background, [...CANARY, 'analysis'], startingStep),
    ...asList(canary?.steps).flatMap((step, index) => [
      ...block('step', asRecord(step)?.analysis, [...CANARY, 'steps', index, 'analysis'], index),
      ...experiment(asRecord(step)?.experiment, [...CANARY, 'steps', index, 'experiment'], index),
    ]),
    ...(['prePromotionAnalysis', 'postPromotionAnalysis'] as const).flatMap((key) =>
      block('promotion', blueGreen?.[key], ['spec', 'strategy', 'blueGreen', key]),
    ),
  ];
}

function useOf(
  known: readonly ManifestObject[],
  owner: ManifestObject,
  { kind, path, value, step }: Block,
): AnalysisUse {
  const entries = kind === 'experiment' && textOf(value.templateName) !== '' ? [value] : asList(value.templates);
  const found = entries.map((entry) => templateOf(known, owner.namespace, entry));
  const templates = withReferred(
    known,
    found.filter((one) => one !== undefined),
  );
  return {
    owner,
    kind,
    path,
    step,
    templates,
    named: entries.map(referenceOf),
    isComplete: !found.includes(undefined),
    args: asList(value.args).flatMap((entry, index) => argumentOf(owner, entry, [...path, 'args', index])),
    dryRun: asList(value.dryRun).flatMap((entry, index) => {
      const metricName = asRecord(entry)?.metricName;
      return typeof metricName === 'string' ? [{ metricName, path: [...path, 'dryRun', index] }] : [];
    }),
  };
}

function templateOf(known: readonly ManifestObject[], namespace: string, entry: unknown): ManifestObject | undefined {
  const { kind, name } = referenceOf(entry);
  return named(known, kind, name).find((one) => kind !== 'AnalysisTemplate' || one.namespace === namespace);
}

function referenceOf(entry: unknown): AnalysisUse['named'][number] {
  const { templateName, clusterScope } = asRecord(entry) ?? {};
  return { kind: clusterScope === true ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate', name: textOf(templateName) };
}

/** `spec.templates` of a template (since Argo Rollouts 1.7), each once. */
function withReferred(known: readonly ManifestObject[], given: readonly ManifestObject[]): readonly ManifestObject[] {
  const all = new Set<ManifestObject>();
  const visit = (template: ManifestObject): void => {
    if (all.has(template)) return;
    all.add(template);
    for (const entry of asList(asRecord(template.value.spec)?.templates)) {
      const referred = templateOf(known, template.namespace, entry);
      if (referred) visit(referred);
    }
  };
  for (const template of given) visit(template);
  return [...all];
}

function argumentOf(owner: ManifestObject, entry: unknown, path: ValuePath): GivenArgument[] {
  const { name, value, valueFrom } = asRecord(entry) ?? {};
  if (typeof name !== 'string') return [];
  if (value !== undefined && value !== null) return [{ name, value: String(value), isBlank: false, path }];
  if (valueFrom === undefined || valueFrom === null) return [{ name, value: '', isBlank: true, path }];
  const lacks = lackingField(owner, asRecord(valueFrom));
  const found = { name, value: valueOfSource(owner, asRecord(valueFrom)), isBlank: false, path };
  return [lacks === undefined ? found : { ...found, lacks }];
}

function valueOfSource(
  owner: ManifestObject,
  source: Readonly<Record<string, unknown>> | undefined,
): string | undefined {
  if (source?.podTemplateHashValue === 'Latest') return CANARY_HASH;
  if (source?.podTemplateHashValue === 'Stable') return STABLE_HASH;
  const path = textOf(asRecord(source?.fieldRef)?.fieldPath);
  if (path === 'metadata.name') return owner.name;
  if (path === 'metadata.namespace') return owner.namespace || UNKNOWN_NAMESPACE;
  const label = SUBSCRIPT.exec(path);
  if (!label) return undefined;
  const found = asRecord(asRecord(owner.value.metadata)?.[label[1]!])?.[label[2]!];
  return typeof found === 'string' ? found : undefined;
}

const SUBSCRIPT = /^metadata\.(labels|annotations)\['([^']+)'\]$/;
/** Written by whoever applies the object, such as Argo CD's tracking and Helm. */
const WRITTEN_LATER = /^app\.kubernetes\.io\/(instance|managed-by)$|argocd|helm\.sh|kubernetes\.io\/revision|rollout\./;

/** `label env`. Kubernetes reads one that is not there as an empty text (ExtractFieldPathAsString), and so does Argo. */
function lackingField(
  owner: ManifestObject,
  source: Readonly<Record<string, unknown>> | undefined,
): string | undefined {
  const [, place, key] = SUBSCRIPT.exec(textOf(asRecord(source?.fieldRef)?.fieldPath)) ?? [];
  if (place === undefined || key === undefined || WRITTEN_LATER.test(key)) return undefined;
  const isThere = asRecord(asRecord(owner.value.metadata)?.[place])?.[key] !== undefined;
  return isThere ? undefined : `${place.replace(/s$/, '')} ${key}`;
}

/** By template, what runs it. */
export const usesByTemplate = oncePerList((uses: readonly AnalysisUse[]) => {
  const found = new Map<ManifestObject, AnalysisUse[]>();
  for (const use of uses)
    for (const template of use.templates) {
      const known = found.get(template);
      if (known) known.push(use);
      else found.set(template, [use]);
    }
  return found;
});

/** The last one of a name wins, as Argo merges them. */
export function argumentValue(args: readonly GivenArgument[], name: string): GivenArgument | undefined {
  return args.findLast((one) => one.name === name);
}
