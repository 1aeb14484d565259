/** From the checked document to the Profile: references become objects, names get their namespace, text becomes numbers. */

import { durationToMs, resolveBudgets } from '../documents/budgets.ts';
import type { DocumentProblem } from '../documents/document-error.ts';
import { parseIdentify } from '../documents/identify.ts';
import type { TrafficPath } from '../documents/references.ts';
import type { ValuePath, YamlDocument } from '../documents/yaml-source.ts';
import { HarnessError } from '../errors/harness-error.ts';
import type { Identify } from '../ports/identify.ts';
import { resolveDeliveryClaim } from './delivery-claim.ts';
import type { Claim, Profile, TrafficSplitClaim } from './profile.ts';
import type { ClaimDocument, ProfileDocument } from './profile-document.ts';
import { resolveRolloutClaim } from './rollout-claim.ts';

/** The place of a document, for absolute paths. `join` is injected so that this module needs no file system. */
export interface ProfilePlace {
  readonly directory: string;
  readonly file: string;
  readonly join: (directory: string, path: string) => string;
}

/** Either the profile, or everything that refers to nothing or is said twice. */
export function resolveProfile(
  document: ProfileDocument,
  place: ProfilePlace,
  source: YamlDocument,
): { readonly profile: Profile } | { readonly problems: readonly DocumentProblem[] } {
  const problems: DocumentProblem[] = [];
  const report = (code: string, sentence: string, path: ValuePath): undefined => {
    problems.push({ code, sentence, position: source.positionOf(path) });
  };
  reportRepeated(
    document.claims.map(({ id }) => id),
    (index, id) => report('PROFILE_DUPLICATE_CLAIM', `claim ${id} is declared twice`, ['claims', index, 'id']),
  );
  reportRepeated(
    document.namespaces.map(({ name }) => name),
    (index, name) =>
      report('PROFILE_DUPLICATE_NAMESPACE', `namespace ${name} is declared twice`, ['namespaces', index, 'name']),
  );
  reportRepeated(
    document.source.files.map(({ as }) => as),
    (index, as) =>
      report('PROFILE_DUPLICATE_FILE', `two files of the repository are called ${as}`, [
        'source',
        'files',
        index,
        'as',
      ]),
  );
  if (document.source.directory === undefined && document.source.files.length === 0)
    report('PROFILE_EMPTY_SOURCE', 'source names neither a directory nor files, so Git would be empty', ['source']);

  const identify = identifyOf(document.load.identify, (sentence) =>
    report('PROFILE_INVALID', `load.identify: ${sentence}`, ['load', 'identify']),
  );
  const claims = resolveClaims(document, report);
  if (problems.length > 0 || !identify) return { problems };
  return { profile: assemble(document, place, identify, claims) };
}

function reportRepeated(names: readonly string[], report: (index: number, name: string) => void): void {
  names.forEach((name, index) => {
    if (names.indexOf(name) < index) report(index, name);
  });
}

function identifyOf(text: string, report: (sentence: string) => void): Identify | undefined {
  try {
    return parseIdentify(text);
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    report(error.message);
    return undefined;
  }
}

type Report = (code: string, sentence: string, path: ValuePath) => undefined;

function resolveClaims(document: ProfileDocument, report: Report): Claim[] {
  const home = document.namespaces[0]!.name;
  const splits = new Map(
    document.claims
      .filter((claim) => claim.kind === 'traffic-split')
      .map((claim) => [claim.id, splitClaim(claim, document, home)] as const),
  );
  const claims: Claim[] = [];
  document.claims.forEach((claim, index) => {
    if (!claim.id.startsWith(`${document.name}/`))
      report('PROFILE_CLAIM_ID', `claim ${claim.id} must begin with the profile's name, ${document.name}/`, [
        'claims',
        index,
        'id',
      ]);
    const splitOf = (id: string, path: ValuePath): TrafficSplitClaim | undefined => {
      const known = [...splits.keys()];
      return (
        splits.get(id) ??
        report(
          'PROFILE_REFERENCE',
          `there is no traffic-split claim ${id} (there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ') || 'none'})`,
          ['claims', index, ...path],
        )
      );
    };
    const resolved = resolveClaim(claim, { document, home, index, splitOf, report });
    if (resolved) claims.push(resolved);
  });
  return claims;
}

interface ClaimContext {
  readonly document: ProfileDocument;
  readonly home: string;
  readonly index: number;
  readonly splitOf: (id: string, path: ValuePath) => TrafficSplitClaim | undefined;
  readonly report: Report;
}

function resolveClaim(claim: ClaimDocument, context: ClaimContext): Claim | undefined {
  const { document, home, index, splitOf, report } = context;
  switch (claim.kind) {
    case 'traffic-split':
      return splitClaim(claim, document, home);
    case 'gitops-application': {
      const split = splitOf(claim.drift.split, ['drift', 'split']);
      return (
        split && {
          ...claim,
          drift: { ...claim.drift, split },
          deleteObject: { ...claim.deleteObject, namespace: claim.deleteObject.namespace ?? home },
          removeFromGit: { ...claim.removeFromGit, namespace: claim.removeFromGit.namespace ?? home },
        }
      );
    }
    case 'traffic-by-commit': {
      const split = splitOf(claim.split, ['split']);
      const path = split?.paths.find(({ kind }) => kind === claim.path);
      if (split && !path)
        return report('PROFILE_REFERENCE', `claim ${split.id} has no ${claim.path} path`, ['claims', index, 'path']);
      return split && path && { ...claim, split, path };
    }
    case 'recurse-pitfall':
      return { ...claim, trialApplication: claim.trialApplication };
    case 'sidecars':
      return {
        ...claim,
        namespaces:
          claim.namespaces ??
          document.namespaces.filter(({ istioInjection }) => istioInjection).map(({ name }) => name),
      };
    case 'prometheus-agrees': {
      const split = splitOf(claim.split, ['split']);
      return split && { ...claim, split };
    }
    case 'canary-steps':
    case 'rollback-threshold':
    case 'rollback-effects':
    case 'manual-judgment':
    case 'undo':
    case 'no-lost-request':
      return resolveRolloutClaim(claim, { home, pathOf: (path) => resolvePath(path, document, home) });
    case 'image-tag-commit':
    case 'overlays':
    case 'alerts':
    case 'verification':
    case 'hpa':
    case 'environments':
      return resolveDeliveryClaim(claim, { home, pathOf: (path) => resolvePath(path, document, home) });
  }
}

function splitClaim(
  claim: Extract<ClaimDocument, { kind: 'traffic-split' }>,
  document: ProfileDocument,
  home: string,
): TrafficSplitClaim {
  const [first, ...rest] = claim.paths.map((path) => resolvePath(path, document, home));
  return {
    ...claim,
    virtualService: { name: claim.virtualService.name, namespace: claim.virtualService.namespace ?? home },
    paths: [first!, ...rest],
  };
}

function resolvePath(
  path: Extract<ClaimDocument, { kind: 'traffic-split' }>['paths'][number],
  document: ProfileDocument,
  home: string,
): TrafficPath {
  const { ratePerSecond } = document.load;
  return path.kind === 'ingress'
    ? { ...path, host: path.host, ratePerSecond: path.ratePerSecond ?? ratePerSecond.ingress }
    : { ...path, namespace: path.namespace ?? home, ratePerSecond: path.ratePerSecond ?? ratePerSecond.mesh };
}

function assemble(
  document: ProfileDocument,
  place: ProfilePlace,
  identify: Identify,
  claims: readonly Claim[],
): Profile {
  const [home, ...others] = document.namespaces;
  const { source, load } = document;
  return {
    name: document.name,
    title: document.title,
    description: document.description,
    directory: place.directory,
    file: place.file,
    addons: document.addons,
    namespaces: [home!, ...others],
    source: {
      directory: source.directory === undefined ? undefined : place.join(place.directory, source.directory),
      files: source.files,
      application: source.application,
    },
    images: document.images,
    load: {
      assurance: load.assurance,
      maxDurationMs: durationToMs(load.maxDuration)!,
      requestTimeoutMs: durationToMs(load.requestTimeout)!,
      newConnectionPerRequest: load.newConnectionPerRequest,
      identify,
    },
    budgets: resolveBudgets(document.budgets),
    claims,
  };
}
