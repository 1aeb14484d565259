/** All static rules over a set of manifests. Pure; nothing is fetched, nothing is rendered. */
import { analysisFindings } from './analysis/analysis-rules.ts';
import { recurseFindings } from './argo/application-rules.ts';
import { deliveryFindings } from './argo/delivery-rules.ts';
import { ignoredDifferencesFindings } from './argo/ignored-differences-rules.ts';
import {
  type Finding,
  type ManifestFile,
  type ManifestObject,
  type ManifestSet,
  parseManifestSet,
} from './manifest-set.ts';
import { type Alternatives, duplicateFindings, subsetFindings } from './object-rules.ts';
import { injectionFindings } from './pods/injection-label.ts';
import { mountFindings } from './pods/mount-rules.ts';
import { otherRouterFindings } from './rollouts/other-routers.ts';
import { rolloutFindings } from './rollouts/rollout-rules.ts';
import { scaleFindings } from './rollouts/scale-rules.ts';
import { meshFindings } from './routes/gateway-only-routes.ts';
import { routeFindings } from './routes/route-rules.ts';
import { delegatesOf } from './routes/routes.ts';
import { destinationFindings, weightFindings } from './routes/virtual-service-rules.ts';
import { unservedVersionFindings } from './schemas/served-versions.ts';
import { textValueFindings } from './schemas/text-values.ts';
import { unknownFieldFindings } from './schemas/unknown-fields.ts';

export interface LintOptions {
  /** Namespace of objects that name none (an Application's destination). */
  readonly namespace?: string;
  /** VirtualServices that callers inside the mesh depend on; a namespace left out matches any. */
  readonly neededInMesh?: readonly { readonly name: string; readonly namespace?: string }[];
  /** Of the Prometheus that AnalysisTemplates ask; their windows are not judged without it. */
  readonly scrapeIntervalMs?: number;
  /** Of one object in two files: a warning in a folder that nobody applies whole. Default: error. */
  readonly severityOfTwins?: 'error' | 'warning';
  /** Files of such a folder that are applied one or the other. */
  readonly alternatives?: Alternatives;
}

/**
 * Findings in the order of files and lines; errors, warnings and information mixed. Codes: MANIFEST_YAML_SYNTAX,
 * OBJECT_DUPLICATE, ROUTE_WEIGHT_INVALID, ROUTE_WEIGHT_MISSING, ROUTE_WEIGHTS_SUM, ROUTE_SUBSET_MISSING,
 * ROUTE_HOST_WITHOUT_SERVICE, ROUTE_NOT_IN_MESH, SUBSET_WITHOUT_PODS, APPLICATION_RECURSE_OFF; those of ignored
 * differences (ignored-differences-rules.ts), of routes (routes/), of Argo CD (argo/) and of pod counts (rollouts/), of Rollouts (rollout-rules.ts) and of AnalysisTemplates (analysis-rules.ts).
 */
export function lintManifests(files: readonly ManifestFile[], options: LintOptions = {}): readonly Finding[] {
  const set = parseManifestSet(files, options.namespace ?? '');
  return [...lintSet(set, options), ...recurseFindings(set)].toSorted(byPlace);
}

/** The same over objects that are parsed or rendered already, without what only the files of a folder tell. */
export function lintSet(set: ManifestSet, options: LintOptions = {}): readonly Finding[] {
  const isNamed = (found: Pick<ManifestObject, 'name' | 'namespace'>): boolean =>
    (options.neededInMesh ?? []).some(
      ({ name, namespace }) => name === found.name && (namespace === undefined || namespace === found.namespace),
    );
  // a delegate is reached through its root alone
  const isNeeded = (virtualService: ManifestObject): boolean =>
    isNamed(virtualService) || delegatesOf(virtualService).some(isNamed);
  const findings = [
    ...set.syntaxFindings,
    ...duplicateFindings(set, options.severityOfTwins ?? 'error', options.alternatives),
    ...weightFindings(set),
    ...destinationFindings(set),
    ...meshFindings(set, isNeeded),
    ...subsetFindings(set),
    ...ignoredDifferencesFindings(set),
    ...rolloutFindings(set),
    ...otherRouterFindings(set),
    ...routeFindings(set, options.severityOfTwins ?? 'error'),
    ...deliveryFindings(set),
    ...scaleFindings(set),
    ...mountFindings(set),
    ...injectionFindings(set),
    ...unknownFieldFindings(set),
    ...textValueFindings(set),
    ...unservedVersionFindings(set),
    ...analysisFindings(set, options.scrapeIntervalMs),
  ];
  return findings.toSorted(byPlace);
}

function byPlace(a: Finding, b: Finding): number {
  const [fileA, lineA] = place(a);
  const [fileB, lineB] = place(b);
  if (fileA !== fileB) return fileA < fileB ? -1 : 1;
  return lineA - lineB;
}

function place({ where = '' }: Finding): [string, number] {
  const [, file = where, line = '0'] = /^(.*):(\d+):\d+$/.exec(where) ?? [];
  return [file, Number(line)];
}
