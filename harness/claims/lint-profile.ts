/**
 * A profile against the repository that it brings: the static rules, and whether every claim speaks of something that
 * Git really holds. All of it is known before anything is started.
 */
import { type DeclaredApplication, readApplication } from '../lint/argo/argo-application.ts';
import { claimFinding, manifestFinding } from '../lint/claim-finding.ts';
import { type LintOptions, lintManifests } from '../lint/lint-manifests.ts';
import type { Finding, ManifestFile } from '../lint/manifest-set.ts';
import type { Profile } from '../profile/profile.ts';
import { kindOf, splitsOf } from './declarations.ts';

/** Of the addon `prometheus`: the `scrape_interval` of its configuration. */
const ADDON_SCRAPE_INTERVAL_MS = 2_000;

/**
 * Beside the codes of lintManifests and of each claim's kind: APPLICATION_MISSING, APPLICATION_AMBIGUOUS,
 * APPLICATION_NAMESPACE, CLAIM_ADDON_MISSING.
 *
 * Windows of AnalysisTemplates are judged for the Prometheus that the profile's addon brings. How often another one
 * scrapes is only known when it can be asked, and is judged then, before any load (rollouts/analysis-preflight.ts).
 *
 * @param manifests findings of the manifests; those of what the Application renders, where that can be rendered, else of
 *   every file
 */
export async function lintProfile(
  profile: Profile,
  files: readonly ManifestFile[],
  manifests: readonly Finding[] = lintManifests(files, profileLintOptions(profile)),
): Promise<readonly Finding[]> {
  const [home] = profile.namespaces;
  // Without readable manifests every claim would seem to speak of nothing.
  if (manifests.some(({ code }) => code === 'MANIFEST_YAML_SYNTAX')) return manifests;
  const placed = new Set(manifests.filter(({ severity }) => severity === 'error').map(({ where }) => where));
  const { application, findings } = readOwnApplication(profile, files);
  const context = { files, home: home.name, application, applicationFile: profile.source.application };
  const claims: Finding[] = [];
  for (const claim of profile.claims) {
    const where = `${profile.file} (${claim.id})`;
    const { lint, addons = [] } = kindOf(claim);
    claims.push(...addonFindings(profile, claim.id, addons), ...((await lint?.(claim, { ...context, where })) ?? []));
  }
  // The same slip, seen once as a manifest and once as a claim, is said once.
  return [...manifests, ...findings, ...claims.filter(({ where }) => !placed.has(where))];
}

/** What a profile says about how its manifests are to be judged. */
export function profileLintOptions(profile: Profile): LintOptions {
  const [home] = profile.namespaces;
  const neededInMesh = splitsOf(profile.claims)
    .filter(({ paths }) => paths.some(({ kind }) => kind === 'mesh'))
    .map(({ virtualService }) => virtualService);
  return {
    namespace: home.name,
    neededInMesh,
    ...(profile.addons.includes('prometheus') ? { scrapeIntervalMs: ADDON_SCRAPE_INTERVAL_MS } : {}),
  };
}

/** A cluster of the user's may have it already, so this is no error. */
function addonFindings({ addons, file }: Profile, id: string, needed: readonly string[]): readonly Finding[] {
  const missing = needed.filter((addon) => !addons.includes(addon));
  if (missing.length === 0) return [];
  return [
    {
      ...claimFinding('CLAIM_ADDON_MISSING', `claim ${id} is judged with ${missing.join(', ')}`, file),
      severity: 'warning',
      hint: `Add ${missing.join(', ')} to the profile's addons, unless the cluster has it already.`,
    },
  ];
}

function readOwnApplication(
  { source, namespaces, file: profileFile }: Profile,
  files: readonly ManifestFile[],
): { readonly application: DeclaredApplication | undefined; readonly findings: readonly Finding[] } {
  const file = files.find(({ path }) => path === source.application);
  const none = (finding: Finding) => ({ application: undefined, findings: [finding] });
  if (!file)
    return none(claimFinding('APPLICATION_MISSING', `the repository holds no ${source.application}`, profileFile));
  let application: DeclaredApplication;
  try {
    application = readApplication(file);
  } catch (error) {
    return none(manifestFinding(error, file.path));
  }
  const known = namespaces.map(({ name }) => name);
  const { destinationNamespace: destination } = application;
  if (destination === undefined || known.includes(destination)) return { application, findings: [] };
  const sentence = `Application ${application.name} deploys to ${destination}, which is no namespace of the profile (${known.join(', ')})`;
  return { application, findings: [claimFinding('APPLICATION_NAMESPACE', sentence, file.path)] };
}
