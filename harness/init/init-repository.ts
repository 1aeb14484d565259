/**
 * `init`: reads somebody's repository, says what can be proven in it and what not, and writes a profile directory: the
 * source by reference, and an overlay with every change that a run needs. Nothing of the repository is changed.
 */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { usageError } from '../errors/harness-error.ts';
import { asList, asRecord, type Finding } from '../lint/manifest-set.ts';
import { isAddress, withClone } from '../overlay/clone-repository.ts';
import { refuseUnreadable, refuseUnrendered, withValueFiles } from '../overlay/collect-referenced.ts';
import { type JudgedRepository, judgeRepository } from '../premerge/judge-repository.ts';
import { writeFilesTogether } from '../process/atomic-file.ts';
import { parseProfile } from '../profile/profile-kind.ts';
import { readRepositoryTree } from '../units/repository-tree.ts';
import { foldersOf, isOfValueFile, type RenderedUnit, type RenderPrograms } from '../units/unit-model.ts';
import { candidatesIn } from './choose/candidates.ts';
import { chosenUnit } from './choose/choose-unit.ts';
import { folderOfStart, freeDirectory } from './choose/free-directory.ts';
import { hiddenFiles } from './choose/hidden-files.ts';
import { nothingToProve } from './choose/nothing-to-prove.ts';
import { objectsOfUnits } from './other-units.ts';
import { overlayText, profileText } from './profile-text.ts';
import { defaultHost, needsHost, type Proposal, propose } from './propose.ts';
import { type InitQuestions, isHostName } from './questions.ts';

export interface InitRequest {
  /** A folder, a file in one, or an address. */
  readonly from: string;
  readonly workingDirectory: string;
  /** Undefined: `canaryproof` in the folder, or in the working directory for an address. */
  readonly to: string | undefined;
  readonly force: boolean;
  readonly unit: string | undefined;
  readonly valueFiles: readonly string[];
  readonly host: string | undefined;
  readonly pauses: 'real' | 'short' | undefined;
}

export interface InitProduct {
  readonly directory: string;
  readonly unit: string;
  /** Units with something to prove, the chosen one among them. */
  readonly candidates: readonly string[];
  readonly proposal: Proposal;
  readonly findings: readonly (Finding & { readonly ofUnit: boolean })[];
}

/**
 * @throws HarnessError (exit 2) PATH_MISSING, CLONE_FAILED, INIT_URL_SECRET, INIT_NO_UNIT, INIT_NOTHING_TO_PROVE, INIT_EXISTS,
 *   INIT_INSIDE_GIT, MANIFEST_YAML_SYNTAX, INIT_HOST, UNIT_UNKNOWN, UNIT_VALUES, UNIT_NOT_RENDERED
 */
export async function initRepository(
  request: InitRequest,
  programs: RenderPrograms,
  questions: InitQuestions,
  version: string,
): Promise<InitProduct> {
  // a token may stand where a name does; `ssh://git@host` is the name that everybody has there
  if (/^https?:(\/*[^/?#]*@|[^#]*\?)|:\/\/[^/@\s]*:[^/@\s]*@/i.test(request.from))
    throw usageError('INIT_URL_SECRET', 'the address holds a password or a token, and a profile would keep it', {
      hint: 'Clone the repository yourself and give the folder.',
    });
  if (isAddress(request.from))
    return withClone(request.from, undefined, ({ folder, commit }) =>
      initFrom(folder, { url: request.from, commit }, request, programs, questions, version),
    );
  const start = path.resolve(request.workingDirectory, request.from);
  return initFrom(start, undefined, request, programs, questions, version);
}

async function initFrom(
  start: string,
  address: { readonly url: string; readonly commit: string } | undefined,
  request: InitRequest,
  programs: RenderPrograms,
  questions: InitQuestions,
  version: string,
): Promise<InitProduct> {
  const tree = await readRepositoryTree(start);
  const directory = await freeDirectory(request, address ? undefined : start);
  const judged = await judgeRepository(tree, programs);
  const { units } = judged.discovered;
  const asked = path
    .relative(tree.root, await realpath(await folderOfStart(start)))
    .split(path.sep)
    .join('/');
  const candidates = candidatesIn(units, asked);
  const { notJudged } = judged.discovered;
  const hidden = [...tree.notes, ...tree.refused.values()];
  const notes = [...hidden, ...notJudged.map(({ path, why }) => ({ path, sentence: why }))];
  const unit = await chosenUnit(units, candidates, { ...request, asked, notes }, questions);
  const valueFiles = await chosenValues(judged, unit, request, questions);
  const rendered = await withValueFiles(judged.discovered, unit, { valueFiles }, programs);
  await refuseUnreadable(rendered, judged.discovered);
  refuseUnrendered(rendered);
  const name = profileName(address?.url ?? tree.originUrl ?? tree.root, unit);
  const host = await chosenHost(rendered, name, request, questions);
  const pauses = request.pauses ?? (await questions.pauses());
  const isWhole = units.some((one) => one.unit.name === unit.unit.name);
  const findings = judged.findings.map((one) => ({ ...asFinding(one), ofUnit: isAbout(unit, isWhole, one) }));
  const proposed = propose({
    ...{ rendered, name, host, realPauses: pauses === 'real' },
    others: objectsOfUnits(units),
    findings: findings.filter(({ ofUnit }) => ofUnit),
  });
  const proposal = { ...proposed, unprovable: [...proposed.unprovable, ...hiddenFiles(hidden, unit.unit)] };
  if (proposal.claims.length === 0) throw nothingToProve(unit, proposal);
  if (request.host !== undefined) refuseUntaken(request.host, proposal, unit);
  const source = {
    ...(address ?? { path: path.relative(directory, tree.root) || '.' }),
    unit: unit.unit.name,
    valueFiles,
  };
  const text = profileText(proposal, source, version);
  // what would be refused later is an error of ours, not of the user
  parseProfile(text, 'profile.yaml', directory);
  await writeFilesTogether([
    { file: path.join(directory, 'overlay.yaml'), data: overlayText(proposal) },
    { file: path.join(directory, 'profile.yaml'), data: text },
  ]);
  return {
    directory,
    unit: unit.unit.name,
    candidates: candidates.map(({ unit: { name: one } }) => one),
    proposal,
    findings,
  };
}

/** Asked only of a chart that nobody gives values: elsewhere the Application does. */
async function chosenValues(
  { tree }: JudgedRepository,
  { unit }: RenderedUnit,
  { valueFiles }: InitRequest,
  questions: InitQuestions,
): Promise<readonly string[]> {
  if (valueFiles.length > 0 || unit.kind !== 'chart' || isOfValueFile(unit)) return valueFiles;
  const [folder = ''] = foldersOf(unit);
  const own = folder === '' ? 'values.yaml' : `${folder}/values.yaml`;
  const known = tree.files.filter((file) => /(^|\/)values[^/]*\.ya?ml$/.test(file) && file !== own);
  const chosen = known.length > 0 ? await questions.values(known) : undefined;
  return chosen === undefined ? [] : [chosen];
}

async function chosenHost(
  rendered: RenderedUnit,
  name: string,
  { host }: InitRequest,
  questions: InitQuestions,
): Promise<string | undefined> {
  if (host !== undefined) {
    if (isHostName(host)) return host;
    throw usageError('INIT_HOST', `'${host}' is no host name`, { where: '--host', hint: 'Such as shop.example.com.' });
  }
  return needsHost(rendered) ? questions.host(defaultHost(name)) : undefined;
}

/** A host that was given and that nobody is asked for would be one that the user believes in. */
function refuseUntaken(host: string, { claims }: Proposal, { unit }: RenderedUnit): void {
  const paths = claims.flatMap((claim) => [claim.path, ...asList(claim.paths)]).map(asRecord);
  const hosts = new Set(paths.flatMap((one) => (one?.kind === 'ingress' ? [String(one.host)] : [])));
  if (hosts.size === 0 || hosts.has(host)) return;
  throw usageError('INIT_HOST', `no route of ${unit.name} and its Gateway take ${host}`, {
    where: '--host',
    hint: `They take ${[...hosts].join(', ')}; without --host that is asked for.`,
  });
}

/** @param isWhole lint judges it as it is; several folders, or a variant of one, are only told by their files */
function isAbout(
  { unit, files }: RenderedUnit,
  isWhole: boolean,
  { units, file }: JudgedRepository['findings'][number],
): boolean {
  return isWhole ? units.includes(unit.name) : file !== undefined && files.has(file);
}

/** The folder of the unit if it has one, else the repository: a DNS label of at most 40 characters. */
function profileName(origin: string, { unit }: RenderedUnit): string {
  const repository = origin
    .replace(/\/+$/, '')
    .split(/[/:]/)
    .at(-1)!
    .replace(/\.git$/, '');
  const own = unit.application?.name ?? foldersOf(unit)[0]?.split('/').at(-1) ?? '';
  return [own, repository, 'profile'].map(asLabel).find((one) => one !== '')!;
}

function asLabel(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
}

function asFinding({
  code,
  severity,
  sentence,
  hint,
  file,
  line,
  column,
}: JudgedRepository['findings'][number]): Finding {
  const where = file === undefined ? {} : { where: `${file}:${line ?? 1}:${column ?? 1}` };
  return { code, severity, sentence, layer: 'manifest', ...(hint === undefined ? {} : { hint }), ...where };
}
