/**
 * Self-heal against the Rollouts controller. The controller writes weights into a VirtualService and hashes into subsets of
 * a DestinationRule; both stand in lists, so they differ from Git, and Argo CD heals what differs. The controller sees that
 * and writes them again: clients see the jump, and the Application is never in sync while a canary runs.
 */
import { othersHere } from '../from-elsewhere.ts';
import {
  asList,
  asRecord,
  destinationRules,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  nameOf,
} from '../manifest-set.ts';
import { canaryOf, rollouts, steeredVirtualServices, textOf } from '../rollouts/rollout-objects.ts';
import { isMeant, specPath } from './ignored-entry.ts';
import { fieldsOfJqPath, fieldsOfPointer } from './ignored-fields.ts';

/** What the controller writes: the field of the object, and its name in a sentence. */
const WRITTEN: Readonly<Record<string, { readonly fields: readonly string[]; readonly what: string }>> = {
  VirtualService: { fields: ['spec', 'http', 'route', 'weight'], what: 'weights' },
  DestinationRule: { fields: ['spec', 'subsets', 'labels', 'rollouts-pod-template-hash'], what: 'hashes of subsets' },
};

/** SELF_HEAL_RESETS_WEIGHTS: one for each Application. */
export function selfHealedWeightFindings(set: ManifestSet): readonly Finding[] {
  // the Rollout may be delivered by another Application than its routes, but to the same cluster
  const everything = { ...set, objects: [...set.objects, ...othersHere(set)] };
  const own = new Set(set.objects);
  const written = [...steeredVirtualServices(everything), ...markedRules(everything)].filter((one) => own.has(one));
  // which of several Applications delivers an object is not known here: one that ignores it will
  const ignored = set.objects.flatMap((application) => asList(specOf(application)?.ignoreDifferences));
  const [first] = written.filter((object) => !isIgnored(ignored, object));
  if (!first || isIgnoredEverywhere(everything)) return [];
  return set.objects.flatMap((application): readonly Finding[] => {
    const path = specPath(application);
    const automated = asRecord(asRecord(specOf(application)?.syncPolicy)?.automated);
    if (!path || automated?.selfHeal !== true || automated.enabled === false) return [];
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

function markedRules(set: ManifestSet): readonly ManifestObject[] {
  return rollouts(set).flatMap((rollout) => {
    const istio = asRecord(asRecord(canaryOf(rollout)?.trafficRouting)?.istio);
    const name = textOf(asRecord(istio?.destinationRule)?.name);
    return destinationRules(set).filter((rule) => rule.name === name && rule.namespace === rollout.namespace);
  });
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
function isIgnoredEverywhere({ objects }: ManifestSet): boolean {
  return objects.some(
    ({ kind, name, value }) =>
      kind === 'ConfigMap' &&
      name === 'argocd-cm' &&
      Object.keys(asRecord(value.data) ?? {}).some((key) =>
        /^resource\.customizations(\.ignoreDifferences\.(all|networking\.istio\.io_VirtualService))?$/.test(key),
      ),
  );
}
