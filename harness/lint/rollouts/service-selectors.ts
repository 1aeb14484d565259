/**
 * Services of a Rollout that do not select its pods. The controller adds the hash of a ReplicaSet to their selectors and
 * compares all other labels with those of its template (ValidateService of Argo Rollouts 1.9).
 */
import {
  asLabels,
  asRecord,
  errorAt,
  type Finding,
  type ManifestObject,
  type ManifestSet,
  named,
  nameOf,
  servicesNamed,
} from '../manifest-set.ts';
import { rollouts, textOf } from './rollout-objects.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Where a strategy names a Service, and the labels that its pods carry beside those of the template. */
const NAMED = {
  canary: [
    ['stableService', 'stableMetadata'],
    ['canaryService', 'canaryMetadata'],
  ],
  blueGreen: [
    ['activeService', 'activeMetadata'],
    ['previewService', 'previewMetadata'],
  ],
} as const;
const CONTROLLER_LABEL = 'rollouts-pod-template-hash';

/** ROLLOUT_SERVICE_SELECTOR; nothing is known of pods that another object describes (`workloadRef`) and the set lacks. */
export function serviceSelectorFindings(set: ManifestSet): readonly Finding[] {
  return rollouts(set).flatMap((rollout) => {
    const labels = podLabels(set, rollout);
    const strategy = asRecord(asRecord(rollout.value.spec)?.strategy);
    if (!labels) return [];
    return (['canary', 'blueGreen'] as const).flatMap((kind) => {
      const fields = asRecord(strategy?.[kind]);
      return NAMED[kind].flatMap(([key, metadata]): readonly Finding[] => {
        const carried = { ...labels, ...asLabels(asRecord(fields?.[metadata])?.labels) };
        return findingsOf(set, rollout, { kind, key, name: textOf(fields?.[key]) }, carried);
      });
    });
  });
}

function findingsOf(
  set: ManifestSet,
  rollout: ManifestObject,
  { kind, key, name }: { readonly kind: string; readonly key: string; readonly name: string },
  carried: Readonly<Record<string, string>>,
): readonly Finding[] {
  const called = servicesNamed(set, name).filter((one) => one.namespace === rollout.namespace);
  const missed = called.map(({ value }) =>
    Object.entries(asLabels(asRecord(value.spec)?.selector)).filter(
      ([label, wanted]) => label !== CONTROLLER_LABEL && carried[label] !== wanted,
    ),
  );
  // one of several of that name may be the one that is applied
  if (missed.length === 0 || missed.some((labels) => labels.length === 0)) return [];
  const shown = missed[0]!.map(([label, wanted]) => `${label}=${wanted}`).join(', ');
  return [
    errorAt(rollout, ['spec', 'strategy', kind, key], {
      code: 'ROLLOUT_SERVICE_SELECTOR',
      sentence: `${nameOf(rollout)} has the ${key} ${name}, which selects pods with ${shown}, and its pods do not carry that`,
      hint: 'Argo Rollouts would set InvalidSpec (unmatch label) and release nothing. The commonLabels of Kustomize reach Services, and Rollouts only with the configuration that Argo Rollouts publishes (rollout-transform.yaml).',
    }),
  ];
}

/** Of the template, or of the Deployment whose pods the Rollout runs. */
function podLabels(set: ManifestSet, rollout: ManifestObject): Readonly<Record<string, string>> | undefined {
  const spec = asRecord(rollout.value.spec);
  const reference = asRecord(spec?.workloadRef);
  if (!reference) return labelsOf(spec);
  const found = named(set.objects, String(reference.kind), String(reference.name)).find(
    ({ namespace }) => namespace === rollout.namespace,
  );
  return found && labelsOf(asRecord(found.value.spec));
}

function labelsOf(spec: Fields | undefined): Readonly<Record<string, string>> {
  return asLabels(asRecord(asRecord(spec?.template)?.metadata)?.labels);
}
