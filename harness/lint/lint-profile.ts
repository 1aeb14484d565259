/**
 * A profile against the repository that it brings: the static rules, and whether every claim speaks of something that
 * Git really holds. All of it is known before anything is started.
 */
import { HarnessError } from '../errors/harness-error.ts';
import type { Claim, ObjectRef, Profile, TrafficSplitClaim, Weights } from '../profile/profile.ts';
import { type DeclaredApplication, readApplication } from './argo-application.ts';
import { readDeclaredSplit } from './declared-split.ts';
import { type LintOptions, lintManifests } from './lint-manifests.ts';
import { type Finding, type ManifestFile, nameOf, parseManifestSet } from './manifest-set.ts';

/** Of the addon `prometheus`: the `scrape_interval` of its configuration. */
const ADDON_SCRAPE_INTERVAL_MS = 2_000;

/**
 * Beside the codes of lintManifests and readDeclaredSplit: CLAIM_OBJECT_NOT_IN_GIT, CLAIM_WEIGHTS,
 * CLAIM_WEIGHTS_UNCHANGED, APPLICATION_MISSING, APPLICATION_AMBIGUOUS, APPLICATION_NAMESPACE, APPLICATION_NOT_AUTOMATED.
 *
 * Windows of AnalysisTemplates are judged for the Prometheus that the profile's addon brings. How often another one
 * scrapes is only known when it can be asked, and is judged then, before any load (analysis-preflight.ts).
 *
 * @param manifests findings of the manifests; those of what the Application renders, where that can be rendered, else of
 *   every file
 */
export function lintProfile(
  profile: Profile,
  files: readonly ManifestFile[],
  manifests: readonly Finding[] = lintManifests(files, profileLintOptions(profile)),
): readonly Finding[] {
  // Without readable manifests every claim would seem to speak of nothing.
  if (manifests.some(({ code }) => code === 'MANIFEST_YAML_SYNTAX')) return manifests;
  const placed = new Set(manifests.filter(({ severity }) => severity === 'error').map(({ where }) => where));
  const claims = profile.claims.flatMap((claim) => claimFindings(profile, claim, files));
  // The same slip, seen once as a manifest and once as a claim, is said once.
  return [...manifests, ...applicationFindings(profile, files), ...claims.filter(({ where }) => !placed.has(where))];
}

/** What a profile says about how its manifests are to be judged. */
export function profileLintOptions(profile: Profile): LintOptions {
  const [home] = profile.namespaces;
  const neededInMesh = profile.claims.flatMap((claim) =>
    claim.kind === 'traffic-split' && claim.paths.some(({ kind }) => kind === 'mesh') ? [claim.virtualService] : [],
  );
  return {
    namespace: home.name,
    neededInMesh,
    ...(profile.addons.includes('prometheus') ? { scrapeIntervalMs: ADDON_SCRAPE_INTERVAL_MS } : {}),
  };
}

function applicationFindings(profile: Profile, files: readonly ManifestFile[]): readonly Finding[] {
  const file = files.find(({ path }) => path === profile.source.application);
  if (!file)
    return [finding('APPLICATION_MISSING', `the repository holds no ${profile.source.application}`, profile.file)];
  let application: DeclaredApplication;
  try {
    application = readApplication(file);
  } catch (error) {
    return [findingOf(error, file.path)];
  }
  const findings: Finding[] = [];
  const known = profile.namespaces.map(({ name }) => name);
  const { destinationNamespace: destination, automated } = application;
  if (destination !== undefined && !known.includes(destination))
    findings.push(
      finding(
        'APPLICATION_NAMESPACE',
        `Application ${application.name} deploys to ${destination}, which is no namespace of the profile (${known.join(', ')})`,
        file.path,
      ),
    );
  const healing = profile.claims.some(({ kind }) => kind === 'gitops-application');
  if (healing && !(automated?.selfHeal && automated.prune))
    findings.push(
      finding(
        'APPLICATION_NOT_AUTOMATED',
        `Application ${application.name} is not synced automatically with selfHeal and prune, which a claim promises`,
        file.path,
      ),
    );
  return findings;
}

function claimFindings(profile: Profile, claim: Claim, files: readonly ManifestFile[]): readonly Finding[] {
  const where = `${profile.file} (${claim.id})`;
  switch (claim.kind) {
    case 'traffic-split':
      return splitFindings(profile, claim, files, where);
    case 'traffic-by-commit':
      return weightFindings(profile, claim.split, claim.weights, files, where);
    case 'gitops-application':
      return [
        ...weightFindings(profile, claim.drift.split, claim.drift.weights, files, where),
        ...objectFindings(profile, claim.deleteObject, files, where),
        ...objectFindings(profile, claim.removeFromGit, files, where),
      ];
    default:
      return [];
  }
}

function splitFindings(
  profile: Profile,
  claim: TrafficSplitClaim,
  files: readonly ManifestFile[],
  where: string,
): readonly Finding[] {
  try {
    readDeclaredSplit(files, { virtualService: claim.virtualService, namespace: profile.namespaces[0].name });
    return [];
  } catch (error) {
    return [findingOf(error, where)];
  }
}

/** Weights that a claim writes must be for the subsets of the split, and differ from what Git declares. */
function weightFindings(
  profile: Profile,
  split: TrafficSplitClaim,
  weights: Weights,
  files: readonly ManifestFile[],
  where: string,
): readonly Finding[] {
  let declared: Map<string, number>;
  try {
    const { arms } = readDeclaredSplit(files, {
      virtualService: split.virtualService,
      namespace: profile.namespaces[0].name,
    });
    declared = new Map(arms.map(({ subset, host, weight }) => [subset ?? host, weight]));
  } catch {
    return []; // reported with the claim of the split itself
  }
  const wanted = [...declared.keys()].sort().join(', ');
  const given = Object.keys(weights).sort().join(', ');
  if (wanted !== given)
    return [finding('CLAIM_WEIGHTS', `the weights are for ${given}, but the split is between ${wanted}`, where)];
  if ([...declared].every(([subset, weight]) => weights[subset] === weight))
    return [
      finding(
        'CLAIM_WEIGHTS_UNCHANGED',
        'the weights are those that Git declares already, so nothing would be shown',
        where,
      ),
    ];
  return [];
}

function objectFindings(
  profile: Profile,
  ref: ObjectRef,
  files: readonly ManifestFile[],
  where: string,
): readonly Finding[] {
  const { objects } = parseManifestSet(files, profile.namespaces[0].name);
  const group = ref.apiVersion.includes('/') ? ref.apiVersion.slice(0, ref.apiVersion.indexOf('/')) : '';
  const found = objects.some(
    (object) =>
      object.group === group &&
      object.kind === ref.kind &&
      object.name === ref.name &&
      object.namespace === ref.namespace,
  );
  return found ? [] : [finding('CLAIM_OBJECT_NOT_IN_GIT', `the repository holds no ${nameOf(ref)}`, where)];
}

function finding(code: string, sentence: string, where: string): Finding {
  return { code, layer: 'manifest', severity: 'error', sentence, where };
}

function findingOf(error: unknown, where: string): Finding {
  if (!(error instanceof HarnessError)) throw error;
  return {
    ...finding(error.code, error.message, error.where ?? where),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  };
}
