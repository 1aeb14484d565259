/**
 * Self-heal against the Rollouts controller. The controller writes weights into a VirtualService and hashes into subsets of
 * a DestinationRule; both stand in lists, so they differ from Git, and Argo CD heals what differs. The controller sees that
 * and writes them again: clients see the jump, and the Application is never in sync while a canary runs.
 */
import type { ValuePath } from '../../documents/yaml-source.ts';
import { othersHere } from '../from-elsewhere.ts';
import {
  asList,
  asRecord,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  named,
  nameOf,
  ofKind,
} from '../manifest-set.ts';
import { oncePerList } from '../once-per-list.ts';
import { canaryOf, rollouts, steeredReferences, textOf } from '../rollouts/rollout-objects.ts';
import { isMeant, specPath } from './ignored-entry.ts';
import { fieldsOfJqPath, fieldsOfPointer } from './ignored-fields.ts';

/** What the controller writes: the field of the object, and its name in a sentence. */
const WRITTEN: Readonly<Record<string, { readonly fields: readonly string[]; readonly what: string }>> = {
  VirtualService: { fields: ['spec', 'http', 'route', 'weight'], what: 'weights' },
  DestinationRule: { fields: ['spec', 'subsets', 'labels', 'rollouts-pod-template-hash'], what: 'hashes of subsets' },
};

/** SELF_HEAL_RESETS_WEIGHTS: one for each Application. */
export function selfHealedWeightFindings(set: ManifestSet): readonly Finding[] {
  const healing = set.objects.flatMap((application): readonly { application: ManifestObject; path: ValuePath }[] => {
    const path = specPath(application);
    const automated = asRecord(asRecord(specOf(application)?.syncPolicy)?.automated);
    return !path || automated?.selfHeal !== true || automated.enabled === false ? [] : [{ application, path }];
  });
  if (healing.length === 0) return [];
  // the Rollout may be delivered by another Application than its routes, but to the same cluster
  const lists = [set.objects, othersHere(set)];
  const written = [...writtenBy(lists, steeredIn, 'VirtualService'), ...writtenBy(lists, markedIn, 'DestinationRule')];
  // which of several Applications delivers an object is not known here: one that ignores it will
  const ignored = set.objects.flatMap((application) => asList(specOf(application)?.ignoreDifferences));
  const first = written.find((object) => !isIgnored(ignored, object));
  if (!first || lists.some(isIgnoredEverywhere)) return [];
  return healing.flatMap(({ application, path }): readonly Finding[] => {
    const { what } = WRITTEN[first.kind]!;
    return [
      findingAt(application, [...path, 'syncPolicy', 'automated', 'selfHeal'], {
        code: 'SELF_HEAL_RESETS_WEIGHTS',
        severity: 'warning',
        sentence: `${nameOf(application)} heals itself and does not ignore the ${what} that a Rollout writes into ${nameOf(first)}: in mid-canary those of Git are written over them, again and again`,
        hint: 'Argo Rollouts writes its own again, but clients see the jump. Ignore them: ignoreDifferences with jqPathExpressions [".spec.http[].route[].weight"] of the VirtualService ([".spec.subsets[].labels[\\"rollouts-pod-template-hash\\"]"] of a DestinationRule), and RespectIgnoreDifferences=true.',
      }),
    ];
  });
}

function specOf(application: ManifestObject): Readonly<Record<string, unknown>> | undefined {
  const path = specPath(application);
  return path && asRecord(path.reduce<unknown>((value, key) => asRecord(value)?.[key], application.value));
}

type Lists = readonly (readonly ManifestObject[])[];
/** `namespace/name` of what Rollouts of a list write into, and the place of the first that does. */
type Written = (rollouts: readonly ManifestObject[]) => ReadonlyMap<string, number>;

/** Objects of the first list that a Rollout of any list writes into, in the order of those Rollouts. */
function writtenBy(lists: Lists, writtenIn: Written, kind: string): readonly ManifestObject[] {
  const known = lists.map((objects) => writtenIn(rollouts({ objects })));
  const all = ofKind(lists[0]!, 'networking.istio.io', kind);
  const places = all.flatMap((object) => {
    const key = `${object.namespace}/${object.name}`;
    const list = known.findIndex((one) => one.has(key));
    return list < 0 ? [] : [{ object, list, place: known[list]!.get(key)! }];
  });
  return places.toSorted((a, b) => a.list - b.list || a.place - b.place).map(({ object }) => object);
}

const steeredIn: Written = oncePerList((all: readonly ManifestObject[]) =>
  firstPlaces(all.map((rollout) => steeredReferences(rollout).map(({ namespace, name }) => `${namespace}/${name}`))),
);

const markedIn: Written = oncePerList((all: readonly ManifestObject[]) =>
  firstPlaces(
    all.map((rollout) => {
      const istio = asRecord(asRecord(canaryOf(rollout)?.trafficRouting)?.istio);
      return [`${rollout.namespace}/${textOf(asRecord(istio?.destinationRule)?.name)}`];
    }),
  ),
);

function firstPlaces(keys: readonly (readonly string[])[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const [place, key] of keys.flat().entries()) if (!found.has(key)) found.set(key, place);
  return found;
}

/** Some path of an entry goes to what is written or to something around it; owners of fields are taken at their word. */
function isIgnored(entries: readonly unknown[], object: ManifestObject): boolean {
  const { fields } = WRITTEN[object.kind]!;
  const covers = (path: readonly string[] | undefined) =>
    path === undefined || path.every((name, index) => name === fields[index] || name === 'tls' || name === 'tcp');
  return entries.some((value) => {
    const entry = asRecord(value) ?? {};
    if (!isMeant(entry, object)) return false;
    if (asList(entry.managedFieldsManagers).length > 0) return true;
    return (
      asList(entry.jsonPointers).some((pointer) => covers(fieldsOfPointer(String(pointer)))) ||
      asList(entry.jqPathExpressions).some((expression) => covers(fieldsOfJqPath(String(expression))))
    );
  });
}

/** `resource.customizations.ignoreDifferences…` of Argo CD itself. */
function isIgnoredEverywhere(objects: readonly ManifestObject[]): boolean {
  return named(objects, 'ConfigMap', 'argocd-cm').some(({ value }) =>
    Object.keys(asRecord(value.data) ?? {}).some((key) =>
      /^resource\.customizations(\.ignoreDifferences\.(all|networking\.istio\.io_VirtualService))?$/.test(key),
    ),
  );
}
