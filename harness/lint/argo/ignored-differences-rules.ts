/**
 * What `ignoreDifferences` of an Argo CD Application does to a VirtualService at a sync.
 *
 * With RespectIgnoreDifferences=true Argo CD copies the ignored parts of the live object into what it applies, by a patch
 * from the live object without them to the live object. For custom resources that is a JSON merge patch (RFC 7396), which
 * knows no elements of lists: whatever is ignored inside `spec.http`, the whole live list is copied. Without the option
 * the ignored parts are only left out of the comparison, and every sync writes those of Git. Seen in Argo CD 3.5.7,
 * controller/sync.go, normalizeTargetResources; https://github.com/argoproj/argo-cd/issues/17694 (open).
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
  virtualServices,
} from '../manifest-set.ts';
import { steeredVirtualServices } from '../rollouts/rollout-objects.ts';
import { meantObjects, specPath } from './ignored-entry.ts';
import { type IgnoredPart, partOfJqPath, partOfPointer } from './ignored-path.ts';

interface Ignored {
  readonly application: ManifestObject;
  readonly path: ValuePath;
  readonly expression: string;
  readonly part: IgnoredPart;
  readonly virtualService: ManifestObject;
  /** RespectIgnoreDifferences=true. */
  readonly respected: boolean;
}

/** IGNORED_ROUTES_NEVER_SYNCED, IGNORED_ROUTES_HIDDEN, IGNORED_WEIGHTS_FREEZE_ROUTES, IGNORED_WEIGHTS_RESET. */
export function ignoredDifferencesFindings(set: ManifestSet): readonly Finding[] {
  const steered = steeredVirtualServices(set);
  return ignoredOf(set).flatMap((ignored): Finding[] => {
    const { respected, part, virtualService } = ignored;
    if (respected) return [part === 'inside' ? frozen(ignored) : neverSynced(ignored)];
    return [
      ...(part === 'inside' ? [] : [hidden(ignored)]),
      ...(steered.has(virtualService) ? [resetWeights(ignored)] : []),
    ];
  });
}

const WHOLE = { routes: 'routes', destinations: 'destinations', inside: 'fields' } as const;

function neverSynced(ignored: Ignored): Finding {
  return findingAt(ignored.application, ignored.path, {
    code: 'IGNORED_ROUTES_NEVER_SYNCED',
    severity: 'error',
    sentence: `${nameOf(ignored.application)} ignores whole ${WHOLE[ignored.part]} of VirtualService ${ignored.virtualService.name} (${ignored.expression}) and respects that at a sync: the live spec.http is written back, and a route that Git adds or changes never arrives`,
    hint: 'Argo CD says Synced all the same. Ignore the weights alone: jqPathExpressions: [".spec.http[].route[].weight"].',
  });
}

function hidden(ignored: Ignored): Finding {
  return findingAt(ignored.application, ignored.path, {
    code: 'IGNORED_ROUTES_HIDDEN',
    severity: 'warning',
    sentence: `${nameOf(ignored.application)} ignores whole ${WHOLE[ignored.part]} of VirtualService ${ignored.virtualService.name} (${ignored.expression}): a commit that changes them alone does not make it OutOfSync, and no sync starts`,
    hint: 'Ignore the weights alone: jqPathExpressions: [".spec.http[].route[].weight"].',
  });
}

function frozen(ignored: Ignored): Finding {
  return findingAt(ignored.application, ignored.path, {
    code: 'IGNORED_WEIGHTS_FREEZE_ROUTES',
    severity: 'info',
    sentence: `${nameOf(ignored.application)} keeps ${ignored.expression} of VirtualService ${ignored.virtualService.name} at a sync, and with it all of the live spec.http: a route that Git adds shows as OutOfSync and is not applied`,
    hint: 'That is how Argo CD treats lists of custom resources (argo-cd issue 17694). Change routes while no canary runs, by one sync without RespectIgnoreDifferences=true.',
  });
}

function resetWeights(ignored: Ignored): Finding {
  return findingAt(ignored.application, ignored.path, {
    code: 'IGNORED_WEIGHTS_RESET',
    severity: 'warning',
    sentence: `${nameOf(ignored.application)} ignores ${ignored.expression} of VirtualService ${ignored.virtualService.name} only when it compares: a sync in mid-canary writes the weights of Git over those of the Rollout`,
    hint: 'Add RespectIgnoreDifferences=true and ApplyOutOfSyncOnly=true to syncPolicy.syncOptions. Argo Rollouts writes its weight again, but clients see the jump.',
  });
}

/** Each path that takes something out of the HTTP routes of a VirtualService that the set holds. */
function ignoredOf(set: ManifestSet): readonly Ignored[] {
  return set.objects.flatMap((application): readonly Ignored[] => {
    const path = specPath(application);
    if (!path) return [];
    const spec = path.reduce<unknown>((value, key) => asRecord(value)?.[key], application.value);
    const options = asList(asRecord(asRecord(spec)?.syncPolicy)?.syncOptions);
    const respected = options.includes('RespectIgnoreDifferences=true');
    return asList(asRecord(spec)?.ignoreDifferences).flatMap((entry, index) => {
      const record = asRecord(entry) ?? {};
      const virtualService = meantObjects(virtualServices(set), record)[0];
      if (!virtualService) return [];
      const at = [...path, 'ignoreDifferences', index];
      return [
        ...partsOf(record.jsonPointers, partOfPointer, [...at, 'jsonPointers']),
        ...partsOf(record.jqPathExpressions, partOfJqPath, [...at, 'jqPathExpressions']),
      ].map((part) => ({ ...part, application, virtualService, respected }));
    });
  });
}

function partsOf(
  value: unknown,
  partIn: (expression: string) => IgnoredPart | undefined,
  path: ValuePath,
): readonly Pick<Ignored, 'expression' | 'part' | 'path'>[] {
  return asList(value).flatMap((expression, index) => {
    const part = typeof expression === 'string' ? partIn(expression) : undefined;
    return part === undefined ? [] : [{ expression: String(expression), part, path: [...path, index] }];
  });
}
