/** Every rule over every render unit of one state of a repository. */
import { recurseFindings } from '../lint/argo/application-rules.ts';
import { lintSet } from '../lint/lint-manifests.ts';
import type { Finding, ManifestObject, ManifestSet } from '../lint/manifest-set.ts';
import { isApplication } from '../units/application-units.ts';
import { type DiscoveredUnits, discoverUnits } from '../units/discover-units.ts';
import { isSameObject } from '../units/render/render-unit.ts';
import type { RepositoryTree } from '../units/repository-tree.ts';
import { foldersOf, type RenderedUnit, type RenderPrograms } from '../units/unit-model.ts';
import { createAbroad } from './destinations.ts';
import { lintFolder } from './folder-variants.ts';
import { type PlacedFinding, placeFindings, type UnitFindings } from './placed-findings.ts';

export interface JudgedRepository {
  readonly tree: RepositoryTree;
  readonly discovered: DiscoveredUnits;
  readonly findings: readonly PlacedFinding[];
}

export async function judgeRepository(tree: RepositoryTree, programs: RenderPrograms): Promise<JudgedRepository> {
  const discovered = await discoverUnits(tree, programs);
  const others = discovered.units.flatMap(({ objects }) => objects);
  const abroad = createAbroad(discovered.units);
  const isDelivered = discovered.units.some(({ unit }) => unit.kind === 'application');
  const ofUnits = discovered.units.map(
    (one): UnitFindings => ({
      unit: one.unit.name,
      findings: (one.unit.kind === 'folder' ? lintFolder : lintSet)(setOf(one, others, abroad(one))).map((finding) =>
        withDoubt(one.isRenamed ? explainedRename(finding) : finding, one, isDelivered),
      ),
      values: one.values,
    }),
  );
  const sure = withDoubtOfCharts(ofUnits, discovered.units);
  const nothing = new Map<string, string>();
  const whole: UnitFindings = {
    unit: undefined,
    findings: [...discovered.findings, ...(await ignoredFolders(discovered)), ...notesOf(tree)],
    values: nothing,
  };
  return { tree, discovered, findings: placeFindings([...sure, whole]) };
}

/** A unit is judged together with the Application that renders it, which often lies elsewhere. */
export function setOf(
  { unit, objects, findings }: RenderedUnit,
  others: readonly ManifestObject[],
  abroad: ReadonlySet<ManifestObject> = new Set(),
): ManifestSet {
  const { application } = unit;
  const isInside = application === undefined || objects.some((object) => isSameObject(object, application));
  return {
    files: [],
    objects: isInside ? objects : [...objects, application],
    syntaxFindings: findings,
    defaultNamespace: unit.namespace,
    others,
    abroad,
  };
}

const BROKEN_BY_RENAMES =
  /^ROLLOUT_(SERVICE|VIRTUAL_SERVICE|DESTINATION_RULE|TEMPLATE)_MISSING$|^ROUTE_HOST_WITHOUT_SERVICE$/;

/** The usual reason why a name is missing in an overlay and not in its base. */
function explainedRename(finding: Finding): Finding {
  if (!BROKEN_BY_RENAMES.test(finding.code)) return finding;
  const why =
    'Kustomize adds namePrefix and nameSuffix to the object but not to this field, unless `configurations` names it (nameReference).';
  return { ...finding, hint: finding.hint === undefined ? why : `${finding.hint} ${why}` };
}

/** What another object lacks, or that it is not there: the part that is not here may bring it. */
const ABOUT_OTHERS = new Set([
  ...['ROLLOUT_SERVICE_MISSING', 'ROLLOUT_VIRTUAL_SERVICE_MISSING', 'ROLLOUT_ROUTE_MISSING', 'ROLLOUT_DESTINATIONS'],
  ...['ROLLOUT_DESTINATION_RULE_MISSING', 'ROLLOUT_SUBSET_MISSING', 'ROLLOUT_TEMPLATE_MISSING', 'HPA_TARGET_MISSING'],
  ...['ROUTE_HOST_WITHOUT_SERVICE', 'ROUTE_SUBSET_MISSING', 'MIRROR_HOST_WITHOUT_SERVICE', 'MIRROR_SUBSET_MISSING'],
  ...['VIRTUAL_SERVICE_HOST_WITHOUT_SERVICE', 'SUBSET_WITHOUT_PODS', 'DELEGATE_MISSING', 'GATEWAY_MISSING'],
  ...['GATEWAY_SELECTOR_UNKNOWN', 'ANALYSIS_ARGUMENT_MISSING', 'ANALYSIS_ARGUMENT_UNKNOWN'],
  ...['ANALYSIS_SERVICE_UNKNOWN', 'ANALYSIS_VERSION_UNKNOWN', 'ANALYSIS_WORKLOAD_UNKNOWN', 'SERVICE_WITHOUT_PODS'],
]);

/**
 * Where Applications deliver, a kustomization that none of them reads may be a part that something else completes; and what
 * a unit lacks of which only a part is here may be in the other one.
 */
function withDoubt(finding: Finding, { unit, isPartial }: RenderedUnit, isDelivered: boolean): Finding {
  const isDoubtful =
    (finding.code === 'UNIT_NOT_RENDERED' && unit.kind === 'kustomization' && isDelivered) ||
    (isPartial === true && finding.severity === 'error' && ABOUT_OTHERS.has(finding.code));
  return isDoubtful ? { ...finding, severity: 'warning' } : finding;
}

/**
 * A chart that no Application renders is judged with its own values and with each file beside them; what is wrong with some
 * of those alone may be what nobody installs.
 */
function withDoubtOfCharts(judged: readonly UnitFindings[], units: readonly RenderedUnit[]): readonly UnitFindings[] {
  const folders = new Map(
    units.flatMap(({ unit }) => (unit.kind === 'chart' ? [[unit.name, foldersOf(unit)[0]]] : [])),
  );
  const ofChart = Map.groupBy(judged, ({ unit }) => folders.get(unit ?? ''));
  return judged.map((one) => {
    const folder = folders.get(one.unit ?? '');
    const others = folder === undefined ? [] : (ofChart.get(folder) ?? []).filter((other) => other !== one);
    if (others.length === 0) return one;
    const isInAll = ({ code, where }: Finding) =>
      others.every(({ findings }) => findings.some((other) => other.code === code && other.where === where));
    return {
      ...one,
      findings: one.findings.map((finding) =>
        finding.severity === 'error' && !isInAll(finding) ? { ...finding, severity: 'warning' as const } : finding,
      ),
    };
  });
}

/** APPLICATION_RECURSE_OFF for files that no Application reads; only a warning, because such a folder may be meant so. */
async function ignoredFolders({ units, files }: DiscoveredUnits): Promise<readonly Finding[]> {
  const applied = units.filter(({ unit }) => unit.kind === 'application');
  const read = new Set(applied.flatMap((one) => [...one.files]));
  const left = units
    .filter(({ unit }) => unit.kind === 'folder')
    .flatMap((one) => [...one.files])
    .filter((file) => !read.has(file));
  const parsed = (await Promise.all(left.map((file) => files.get(file)))).filter((file) => file !== undefined);
  const kustomized = units.filter(({ unit }) => unit.kind !== 'folder').flatMap(({ files: own }) => [...own]);
  const applications = applied
    .filter(({ unit }) => unit.sources.some((source) => source.kind === 'directory'))
    .flatMap(({ unit }) => unit.application ?? []);
  const taken = new Set(kustomized);
  return recurseFindings({
    files: parsed.filter(({ path }) => !taken.has(path)),
    objects: [...applications, ...parsed.flatMap(({ objects }) => objects.filter((object) => !isApplication(object)))],
    syntaxFindings: [],
    defaultNamespace: '',
  }).map((finding) => ({ ...finding, severity: 'warning' as const }));
}

/** Submodules, broken links, LFS pointers: each said once. */
function notesOf({ notes, refused }: RepositoryTree): readonly Finding[] {
  return [...notes, ...refused.values()].map(({ code, path, sentence, hint }) => ({
    code,
    layer: 'manifest' as const,
    severity: 'info' as const,
    sentence: `${path} ${sentence}`,
    where: `${path}:1:1`,
    ...(hint === undefined ? {} : { hint }),
  }));
}
