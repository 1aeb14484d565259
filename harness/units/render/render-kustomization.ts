/**
 * Kustomize on a private overlay: a folder of ours that names the user's as its only resource, asks for the origin of each
 * object, and carries what an Application adds. Nothing of the repository is written, and nothing is fetched.
 */

import { mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeYaml } from '../../documents/yaml/write-yaml.ts';
import { formatPosition } from '../../documents/yaml-source.ts';
import { parseYamlValues } from '../../documents/yaml-values.ts';
import { kustomizeImageFindings } from '../../lint/argo/kustomize-images.ts';
import {
  asRecord,
  type Finding,
  type ManifestObject,
  objectsOf,
  type TracedDocument,
} from '../../lint/manifest-set.ts';
import { removeOwnTree } from '../../process/remove-own-tree.ts';
import { ProgramError, runProgram } from '../../process/run-program.ts';
import { kustomizationFile } from '../application-units.ts';
import { endlessTexts, type ParsedFile, type ParsedFiles } from '../parsed-files.ts';
import { refusalOf } from '../refusal.ts';
import { isBelow, joined } from '../repository-path.ts';
import { IN_PART, type KustomizeSource, type RenderPrograms, type RenderUnit } from '../unit-model.ts';
import { isKustomizationFile, type KustomizationTree, readKustomization } from './kustomization-files.ts';
import { copyLocalPart, copyWithoutGit } from './local-part.ts';
import { locateInKustomization } from './locate-in-kustomization.ts';
import { OFFLINE } from './offline-programs.ts';
import { inNamespace, type Rendered } from './render-directory.ts';

const ORIGIN = 'config.kubernetes.io/origin';
/** A name that no message holds otherwise: it is taken out of them. */
const COPY = 'canaryproof-copy';

export async function renderKustomization(
  files: ParsedFiles,
  source: KustomizeSource,
  unit: Pick<RenderUnit, 'name' | 'namespace'> & Partial<Pick<RenderUnit, 'application'>>,
  programs: RenderPrograms,
): Promise<Rendered> {
  const file = kustomizationFile(files.tree, source.path);
  const parts = await readKustomization(files, source.path);
  const read = [...parts.files];
  const why = whyNotHere(unit, parts);
  if (why.length > 0 && read.every((name) => isKustomizationFile(name)))
    return { objects: [], findings: why, files: read };
  const [special] = parts.special;
  if (special !== undefined) return { objects: [], findings: [neverEnds(unit.name, special)], files: read };
  const parsed = await Promise.all(read.map((name) => files.get(name)));
  const large = whyUnread(files, read, unit.name, `${file ?? source.path}:1:1`, TOO_LARGE);
  if (large) return { objects: [], findings: [large], files: read };
  const endless = endlessTexts(parsed);
  if (endless.length > 0) return { objects: [], findings: endless, files: read };
  const known = byName(parsed, parts);
  const isPartial = why.length > 0;
  const copy = isPartial || parts.transforms.length > 0 ? copyLocalPart : parts.holdsGit ? copyWithoutGit : undefined;
  const output = await build(files, source, programs, copy && ((to) => copy(files, parts, to))).catch(
    (error: unknown) => {
      if (!(error instanceof ProgramError)) throw error;
      const where = `${file ?? source.path}:1:1`;
      const from = error.argv[2]!;
      const root = copy ? path.join(from, COPY) : files.tree.root;
      // Flux reads files above a kustomization, and so does whoever switches the restriction off
      const isAbove = unit.application === undefined && /security; file .* is not in or below/.test(error.stderr);
      const severity = isAbove ? 'warning' : 'error';
      const refusal = refusalOf(error, { unit: unit.name, program: 'Kustomize', where, root, from, severity });
      return whyUnread(files, read, unit.name, where, NOT_IN_THIS_CHECKOUT) ?? refusal;
    },
  );
  // what is left may be patches of something that is not here
  if (typeof output !== 'string') return { objects: [], findings: isPartial ? why : [output], files: read };
  const objects = objectsIn(output, file ?? source.path, unit.namespace, parts, known);
  if (isPartial && objects.length === 0) return { objects, findings: why, files: read };
  return {
    objects,
    findings: isPartial ? why.map(asInPart) : kustomizeImageFindings(kustomizationsOf(parsed), objects),
    files: read,
    isRenamed: parts.isRenamed || Boolean(source.overlay.namePrefix ?? source.overlay.nameSuffix),
    isPartial,
    isChangedElsewhere: parts.remote.some(({ adds }) => adds === undefined),
  };
}

/** UNIT_JUDGED_IN_PART: the rest of it is rendered. */
function asInPart(finding: Finding): Finding {
  if (finding.code === 'UNIT_NOT_RENDERED') return finding;
  return {
    ...finding,
    code: IN_PART,
    sentence: finding.sentence.replace(' is not judged: ', ' is judged in part: '),
  };
}

/** Files by their path, and by the one through a linked folder, by which Kustomize calls them. */
function byName(parsed: readonly (ParsedFile | undefined)[], { links }: KustomizationTree) {
  const here = parsed.filter((one) => one !== undefined);
  const linked = [...links].flatMap(([named, real]) =>
    here
      .filter((one) => isBelow(real, one.path))
      .map((one) => [joined(named, one.path.slice(real.length).replace(/^\//, '')), one] as const),
  );
  return new Map([...linked, ...here.map((one) => [one.path, one] as const)]);
}

function kustomizationsOf(parsed: readonly (ParsedFile | undefined)[]): readonly TracedDocument[] {
  return parsed.flatMap((one) => (one && isKustomizationFile(one.path) ? one.documents : []));
}

/** UNIT_NOT_RENDERED where it never will be, else UNIT_NOT_JUDGED. */
function whyNotHere(
  { name: unit, application }: Partial<Pick<RenderUnit, 'application'>> & Pick<RenderUnit, 'name'>,
  { remote, charts }: KustomizationTree,
): readonly Finding[] {
  return [
    ...remote.map(({ entry, position, leadsOut }): Finding => {
      const where = formatPosition(position);
      if (!leadsOut)
        return {
          ...notJudged(unit, `it reads ${entry}, which is not in this repository`),
          where,
          hint: 'Nothing is fetched here. Vendor it to have the whole judged.',
        };
      return {
        ...{ code: 'UNIT_NOT_RENDERED', layer: 'manifest', where },
        // somebody may have this repository in a folder of another one
        severity: application ? 'error' : 'warning',
        sentence: `${unit} does not render: it reads ${entry}, which leads out of the repository`,
        hint: 'Argo CD checks out the repository alone: count the ../ of the path.',
      };
    }),
    ...charts.map((position) => ({
      ...notJudged(unit, 'it inflates a chart, for which Kustomize needs Helm and a network'),
      where: formatPosition(position),
    })),
  ];
}

function neverEnds(unit: string, { entry, position }: KustomizationTree['special'][number]): Finding {
  return {
    ...{ code: 'UNIT_NOT_RENDERED', layer: 'manifest', severity: 'error', where: formatPosition(position) },
    sentence: `${unit} does not render: it reads ${entry}, which is a pipe, socket or device`,
    hint: 'Kustomize would wait for it without an end. Put a file in its place.',
  };
}

/** Kustomize would take many times their size of memory, and so would its output here. */
const TOO_LARGE = {
  FILE_TOO_LARGE: 'Manifests of this size are data: nothing that a cluster takes is larger than 1.5 MiB.',
};
/** Files that this checkout lacks, though the repository has them: nothing is wrong with what it declares. */
const NOT_IN_THIS_CHECKOUT: Readonly<Record<string, string>> = {
  FILE_LFS_POINTER: 'Check it out with Git LFS: git lfs pull.',
  FILE_NOT_READABLE: 'Run this as somebody who may read it.',
};

/** UNIT_NOT_JUDGED for the first file that was refused for one of these codes. */
function whyUnread(
  files: ParsedFiles,
  read: readonly string[],
  unit: string,
  where: string,
  hints: Readonly<Record<string, string>>,
): Finding | undefined {
  const [why] = read.flatMap((name) => files.tree.refused.get(name) ?? []).filter(({ code }) => code in hints);
  if (why === undefined) return undefined;
  const sentence = `it reads ${why.path}, which ${why.sentence.replace(/ and is not judged$|: .*$/, '')}`;
  return { ...notJudged(unit, sentence), where, hint: hints[why.code]! };
}

function notJudged(unit: string, why: string): Omit<Finding, 'where'> {
  return { code: 'UNIT_NOT_JUDGED', layer: 'manifest', severity: 'info', sentence: `${unit} is not judged: ${why}` };
}

async function build(
  files: ParsedFiles,
  { path: folder, overlay }: KustomizeSource,
  programs: RenderPrograms,
  /** Of what must be built in the folder's place; undefined: the folder as it is. */
  copy: ((to: string) => Promise<void>) | undefined,
): Promise<string> {
  const kustomize = await programs.kustomize();
  const own = await realpath(await mkdtemp(path.join(tmpdir(), 'canaryproof-kustomize-')));
  try {
    const root = copy ? path.join(own, COPY) : files.tree.root;
    await copy?.(root);
    const resource = path.relative(own, path.join(root, folder));
    const { components, ...rest } = overlay;
    const document = {
      ...rest,
      buildMetadata: ['originAnnotations'],
      resources: [resource],
      ...(components ? { components } : {}),
    };
    await writeFile(path.join(own, 'kustomization.yaml'), writeYaml(document));
    const { stdout } = await runProgram([kustomize, 'build', own], { ...OFFLINE, env: { ...OFFLINE.env, HOME: own } });
    return stdout.replaceAll(own, '');
  } finally {
    await removeOwnTree(own);
  }
}

function objectsIn(
  output: string,
  file: string,
  namespace: string,
  parts: KustomizationTree,
  known: ReadonlyMap<string, ParsedFile>,
): readonly ManifestObject[] {
  return parseYamlValues(file, output).documents.flatMap((document) =>
    objectsOf(file, document, '').map((rendered) => {
      const { object, origin } = withoutOrigin(rendered);
      const positionOf = locateInKustomization(object, { file, origin, parts, known });
      return inNamespace({ ...object, path: positionOf([]).path, positionOf }, namespace);
    }),
  );
}

/** The annotation is ours, and not what will be applied. */
function withoutOrigin(object: ManifestObject): { object: ManifestObject; origin: string | undefined } {
  const metadata = asRecord(object.value.metadata) ?? {};
  const { [ORIGIN]: origin, ...annotations } = asRecord(metadata.annotations) ?? {};
  const { annotations: _dropped, ...rest } = metadata;
  const kept = Object.keys(annotations).length > 0 ? { ...rest, annotations } : rest;
  return {
    object: { ...object, value: { ...object.value, metadata: kept } },
    origin: typeof origin === 'string' ? /^(?:path|configuredIn): (.*)$/m.exec(origin)?.[1] : undefined,
  };
}
