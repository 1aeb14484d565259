/** From the checked document to the Profile: references become objects, names get their namespace, text becomes numbers. */

import type { Claim } from '../claims/declarations.ts';
import { type ClaimDocument, kindOf } from '../claims/declarations.ts';
import { durationToMs, resolveBudgets } from '../documents/budgets.ts';
import type { NamedRefDocument, TrafficPathDocument } from '../documents/document-atoms.ts';
import type { DocumentProblem } from '../documents/document-error.ts';
import { parseIdentify } from '../documents/identify-kinds.ts';
import type { SplitClaim, TrafficPath } from '../documents/references.ts';
import type { ValuePath, YamlDocument } from '../documents/yaml-source.ts';
import { HarnessError } from '../errors/harness-error.ts';
import type { Identify } from '../ports/identify.ts';
import { resolveCluster } from './cluster-block.ts';
import type { Profile, ReferencedSource } from './profile.ts';
import type { ProfileDocument } from './profile-document.ts';
import { resolveSimulation } from './simulation-block.ts';

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
  const { directory, files, repository } = document.source;
  if (directory === undefined && files.length === 0 && !repository)
    report('PROFILE_EMPTY_SOURCE', 'source names neither a directory nor files, so Git would be empty', ['source']);
  if (repository && (directory !== undefined || files.length > 0))
    report(
      'PROFILE_TWO_SOURCES',
      'source names a repository as well as files of its own; one of the two is what Git holds',
      ['source', 'repository'],
    );

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
  const [home] = document.namespaces;
  const context = {
    home: home!.name,
    meshed: document.namespaces.filter(({ istioInjection }) => istioInjection).map(({ name }) => name),
    placed: ({ name, namespace }: NamedRefDocument) => ({ name, namespace: namespace ?? home!.name }),
    pathOf: (path: TrafficPathDocument) => resolvePath(path, document, home!.name),
  };
  const splits = new Map<string, SplitClaim>();
  const resolveAt = (claim: ClaimDocument, index: number): Claim | undefined => {
    const reportHere = (code: string, sentence: string, at: ValuePath) =>
      report(code, sentence, ['claims', index, ...at]);
    const splitOf = (id: string, at: ValuePath) =>
      splits.get(id) ?? reportHere('PROFILE_REFERENCE', missingSplit(id, [...splits.keys()]), at);
    return kindOf(claim).resolve(claim, { ...context, splitOf, report: reportHere }) as Claim | undefined;
  };
  // others refer to them, whatever the order
  for (const [index, claim] of document.claims.entries()) {
    const { split } = kindOf(claim);
    const resolved = split && resolveAt(claim, index);
    if (resolved) splits.set(claim.id, split(resolved));
  }
  return document.claims.flatMap((claim, index) => {
    if (!claim.id.startsWith(`${document.name}/`))
      report('PROFILE_CLAIM_ID', `claim ${claim.id} must begin with the profile's name, ${document.name}/`, [
        'claims',
        index,
        'id',
      ]);
    return resolveAt(claim, index) ?? [];
  });
}

function missingSplit(id: string, known: readonly string[]): string {
  return `there is no traffic-split claim ${id} (there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ') || 'none'})`;
}

function resolvePath(path: TrafficPathDocument, document: ProfileDocument, home: string): TrafficPath {
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
      repository: source.repository && referenced(source.repository, place),
      application: source.application,
    },
    images: document.images.map(({ image, standIn, program }) =>
      program === undefined
        ? { image, standIn: standIn ?? {} }
        : {
            image,
            program: { ...program, port: program.port, directory: place.join(place.directory, program.directory) },
          },
    ),
    ...(document.cluster === undefined ? {} : { surroundings: resolveCluster(document.cluster) }),
    load: {
      assurance: load.assurance,
      maxDurationMs: durationToMs(load.maxDuration)!,
      requestTimeoutMs: durationToMs(load.requestTimeout)!,
      newConnectionPerRequest: load.newConnectionPerRequest,
      sideBySide: load.sideBySide,
      identify,
    },
    budgets: resolveBudgets(document.budgets),
    ...(document.simulation === undefined ? {} : { simulation: resolveSimulation(document.simulation) }),
    claims,
  };
}

function referenced(
  { path, url, commit, ...rest }: NonNullable<ProfileDocument['source']['repository']>,
  { directory, join }: ProfilePlace,
): ReferencedSource {
  const from =
    url !== undefined && commit !== undefined ? { url, commit } : { directory: join(directory, path ?? '.') };
  return { from, unit: rest.unit, valueFiles: rest.valueFiles, overlay: join(directory, rest.overlay) };
}
