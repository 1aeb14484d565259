/**
 * `ignoreDifferences` that take the containers of a workload out of what Argo CD compares or applies.
 *
 * With RespectIgnoreDifferences=true the ignored parts of the live object are copied into what is applied. For custom
 * resources (a Rollout) that is a JSON merge patch, which copies the whole list of containers, whatever of it is ignored;
 * for kinds of Kubernetes itself containers are merged by name, and only what is ignored stays
 * (Argo CD 3.5.7, controller/sync.go, normalizeTargetResources; argo-cd issue 17694).
 */

import type { ValuePath } from '../../documents/yaml-source.ts';
import {
  asList,
  asRecord,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  nameOf,
} from '../manifest-set.ts';
import { meantObjects, specPath } from './ignored-entry.ts';
import { fieldsOfJqPath, fieldsOfPointer } from './ignored-fields.ts';

const WORKLOADS = new Set(['Rollout', 'Deployment', 'StatefulSet', 'DaemonSet']);
const CONTAINERS = ['spec', 'template', 'spec', 'containers'];

interface Ignored {
  readonly application: ManifestObject;
  readonly at: ValuePath;
  readonly expression: string;
  readonly fields: readonly string[];
  readonly workload: ManifestObject;
  readonly isRespected: boolean;
}

/** IGNORED_CONTAINERS_NEVER_SYNCED, IGNORED_CONTAINERS_FROZEN, IGNORED_IMAGES_HIDDEN. */
export function ignoredContainerFindings(set: ManifestSet): readonly Finding[] {
  const seen = new Set<string>();
  return ignoredOf(set).flatMap((ignored): readonly Finding[] => {
    const findings = judge(ignored);
    // one for each workload says it
    return findings.filter(({ code }) => {
      const key = `${code} ${nameOf(ignored.application)} ${nameOf(ignored.workload)}`;
      const isNew = !seen.has(key);
      seen.add(key);
      return isNew;
    });
  });
}

function judge({ application, at, expression, fields, workload, isRespected }: Ignored): readonly Finding[] {
  const isWhole = fields.length <= CONTAINERS.length;
  const who = `${nameOf(application)} ignores ${expression} of ${nameOf(workload)}`;
  if (isRespected && isWhole)
    return [
      findingAt(application, at, {
        code: 'IGNORED_CONTAINERS_NEVER_SYNCED',
        severity: 'error',
        sentence: `${who} and respects that at a sync: the live containers are written back, and no image, variable or resource of Git ever arrives`,
        hint: 'Argo CD says Synced all the same. Ignore single fields, or nothing.',
      }),
    ];
  if (isRespected && workload.group === 'argoproj.io')
    return [
      findingAt(application, at, {
        code: 'IGNORED_CONTAINERS_FROZEN',
        severity: 'warning',
        sentence: `${who} and respects that at a sync, and with it all of the live containers: a new variable, port or resource of Git never arrives${fields.at(-1) === 'image' ? ', and an image by commit never starts a canary' : ''}`,
        hint: 'A custom resource is merged by a JSON merge patch, which copies whole lists (argo-cd issue 17694). Let Git name the image.',
      }),
    ];
  if (fields.at(-1) !== 'image' && !isWhole) return [];
  return [
    findingAt(application, at, {
      code: 'IGNORED_IMAGES_HIDDEN',
      severity: 'warning',
      sentence: isRespected
        ? `${who} and respects that at a sync: an image by commit never arrives`
        : `${who}: a commit that changes it alone does not make it OutOfSync, and no sync starts`,
      hint: 'That is meant only where something else than Git sets the image.',
    }),
  ];
}

function ignoredOf(set: ManifestSet): readonly Ignored[] {
  return set.objects.flatMap((application): readonly Ignored[] => {
    const base = specPath(application);
    if (!base) return [];
    const spec = asRecord(base.reduce<unknown>((value, key) => asRecord(value)?.[key], application.value));
    const isRespected = asList(asRecord(spec?.syncPolicy)?.syncOptions).includes('RespectIgnoreDifferences=true');
    return asList(spec?.ignoreDifferences).flatMap((value, index) => {
      const entry = asRecord(value) ?? {};
      const at = [...base, 'ignoreDifferences', index];
      const named = [
        ...expressions(entry.jsonPointers, fieldsOfPointer, [...at, 'jsonPointers']),
        ...expressions(entry.jqPathExpressions, fieldsOfJqPath, [...at, 'jqPathExpressions']),
      ].filter(({ fields }) => isOfContainers(fields));
      if (named.length === 0) return [];
      const workloads = meantObjects(set.objects, entry).filter((one) => WORKLOADS.has(one.kind));
      return workloads.flatMap((workload) => named.map((one) => ({ ...one, application, workload, isRespected })));
    });
  });
}

function expressions(
  value: unknown,
  read: (expression: string) => readonly string[] | undefined,
  path: ValuePath,
): readonly Pick<Ignored, 'expression' | 'fields' | 'at'>[] {
  return asList(value).flatMap((expression, index) => {
    const fields = typeof expression === 'string' ? read(expression) : undefined;
    return fields ? [{ expression: String(expression), fields, at: [...path, index] }] : [];
  });
}

/** The containers, something around them or something inside. */
function isOfContainers(fields: readonly string[]): boolean {
  return fields.length > 0 && CONTAINERS.every((key, index) => fields[index] === undefined || fields[index] === key);
}
