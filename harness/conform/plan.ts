/** The use case `plan`: what `conform` with the same input would do, as data; nothing is started or changed. */

import type { FindingReport } from '../../reports/model/run-report.ts';
import type { PlanLine } from '../claims/claim-kind.ts';
import { kindOf } from '../claims/declarations.ts';
import { lintProfile } from '../claims/lint-profile.ts';
import { HarnessError } from '../errors/harness-error.ts';
import type { RepositoryFile } from '../profile/collect-repository.ts';
import type { Profile } from '../profile/profile.ts';
import type { RenderManifests } from '../scene/git-source.ts';
import { tourStops } from './fault-tour.ts';
import type { ConformInput } from './input.ts';
import { refusing } from './preflight.ts';
import { asTheyAre, previewCommits } from './preview-commits.ts';
import { type SharedObject, sharedObjects } from './shared-objects.ts';

export interface PlanInput
  extends Pick<ConformInput, 'profile' | 'clusterName' | 'assurance' | 'faults' | 'ratePerSecond'> {
  readonly provider: string;
  /** Names of the programs that are built or taken from the cache. */
  readonly components: readonly string[];
  /** `KIND/NAMESPACE/NAME` of what may be put beside programs of others; undefined: the cluster is the run's own. */
  readonly allowedShared: readonly string[] | undefined;
}

export interface PlanPorts {
  /** Files of the profile's repository. */
  readonly collectFiles: () => Promise<readonly RepositoryFile[]>;
  /** Findings of what the Application renders. */
  readonly lintManifests: (files: readonly RepositoryFile[]) => Promise<readonly FindingReport[]>;
  /** As `ConformPorts` has it. */
  readonly renderManifests?: RenderManifests;
  /** How often the policy is wrong, as sentences, where the profile knows its traffic. */
  readonly simulated?: () => Promise<readonly string[]>;
  /** Every change made to manifests of somebody else's repository, as sentences. */
  readonly changes?: () => Promise<readonly string[]>;
}

export interface ConformPlan {
  readonly profile: { readonly name: string; readonly title: string };
  readonly cluster: {
    readonly provider: string;
    readonly name: string;
    readonly addons: readonly string[];
    readonly components: readonly string[];
    readonly namespaces: readonly { readonly name: string; readonly isMeshed: boolean }[];
    /** What users of a cluster of others could notice, and whether it was agreed to. */
    readonly shared: readonly (SharedObject & { readonly isAllowed: boolean })[];
  };
  readonly faults: readonly { readonly name: string; readonly title: string }[];
  /** Paths in the Git repository. */
  readonly files: readonly string[];
  /** As the report will list them: several faults are toured, and each stop is a row. */
  readonly claims: readonly { readonly id: string; readonly title: string }[];
  /** What each verdict costs, as the kinds of claim say it. */
  readonly costs: readonly PlanLine[];
  /** What the run changes of manifests of somebody else's repository, as sentences. */
  readonly changes: readonly string[];
  /** How often the policy would be wrong, by simulation. */
  readonly simulated: readonly string[];
  /** Of manifests and claims. */
  readonly findings: readonly PlannedFinding[];
}

export interface PlannedFinding extends FindingReport {
  /** `conform` would not start; errors of a repository that is only referred to are judged by traffic instead. */
  readonly refuses: boolean;
}

/** @throws HarnessError (exit 2) what `conform` would refuse before it starts anything, and where the files do not tell */
export async function planConform(input: PlanInput, ports: PlanPorts): Promise<ConformPlan> {
  const { profile, faults, assurance, ratePerSecond, allowedShared } = input;
  const { renderManifests: render = asTheyAre } = ports;
  const files = await ports.collectFiles();
  const manifests = await ports.lintManifests(files);
  // that it does not render is among the findings then, and nothing more can be said
  const rendered = await render(files).catch((error: unknown) => {
    if (error instanceof HarnessError && manifests.some(({ code }) => code === error.code)) return undefined;
    throw error;
  });
  const found = rendered ? await lintProfile(profile, rendered, manifests) : manifests;
  const isWrong = refusing(found, manifests, profile).length > 0;
  const findings = isWrong ? found : [...found, ...(await previewCommits(profile, files, render))];
  const refusals = new Set(refusing(findings, manifests, profile));
  const shared = allowedShared === undefined ? [] : sharedObjects(profile);
  return {
    profile: { name: profile.name, title: profile.title },
    cluster: {
      provider: input.provider,
      name: input.clusterName,
      addons: profile.addons,
      components: input.components,
      namespaces: profile.namespaces.map(({ name, istioInjection }) => ({ name, isMeshed: istioInjection })),
      shared: shared.map((one) => ({ ...one, isAllowed: allowedShared?.includes(one.object) ?? false })),
    },
    faults: faults.map(({ name, title }) => ({ name, title })),
    files: files.map(({ path }) => path),
    claims: claimsOf(profile, faults).map(({ id, title }) => ({ id, title })),
    costs: profile.claims.flatMap((claim) =>
      rendered
        ? unlessSaid(findings, () => kindOf(claim).plan?.(claim, { files: rendered, assurance, ratePerSecond }))
        : [],
    ),
    changes: (await ports.changes?.()) ?? [],
    simulated: (await ports.simulated?.()) ?? [],
    findings: findings.map((finding) => ({ ...finding, refuses: refusals.has(finding) })),
  };
}

/** What a claim costs is unknown where a finding says already why its manifests do not tell. */
function unlessSaid(
  findings: readonly FindingReport[],
  costs: () => readonly PlanLine[] | undefined,
): readonly PlanLine[] {
  try {
    return costs() ?? [];
  } catch (error) {
    if (error instanceof HarnessError && findings.some(({ code }) => code === error.code)) return [];
    throw error;
  }
}

function claimsOf(profile: Profile, faults: ConformInput['faults']) {
  return faults.length > 1 ? tourStops(profile, faults).map(({ name }) => name) : profile.claims;
}
