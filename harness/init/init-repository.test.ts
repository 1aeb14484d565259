import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { lintProfile } from '../claims/lint-profile.ts';
import { collectReferenced } from '../overlay/collect-referenced.ts';
import type { ReferencedSource } from '../profile/profile.ts';
import { parseProfile } from '../profile/profile-kind.ts';
import { thorough } from '../testkit/runner/thorough.ts';
import { type InitRequest, initRepository } from './init-repository.ts';
import { DEFAULT_ANSWERS, type InitQuestions } from './questions.ts';
import { SHOP, VERSIONED_SPLIT } from './repository-fixture.ts';

/** Plain manifests need neither. */
const NO_PROGRAMS = {
  kustomize: () => Promise.reject(new Error('asked for kustomize')),
  helm: () => Promise.reject(new Error('asked for helm')),
};

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'canaryproof-init-'));
});
afterEach(() => rm(root, { recursive: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), text);
  }
}

function init(change: Partial<InitRequest> = {}, questions: InitQuestions = DEFAULT_ANSWERS) {
  const request: InitRequest = {
    ...{ from: '.', workingDirectory: root, to: undefined, force: false, unit: undefined },
    ...{ valueFiles: [], host: undefined, pauses: undefined },
    ...change,
  };
  return initRepository(request, NO_PROGRAMS, questions, '1.0.0');
}

async function profileIn(directory: string) {
  return parseProfile(await readFile(path.join(directory, 'profile.yaml'), 'utf8'), 'profile.yaml', directory);
}

async function rendered(directory: string) {
  const profile = await profileIn(directory);
  return {
    profile,
    files: await collectReferenced(profile, profile.source.repository as ReferencedSource, NO_PROGRAMS),
  };
}

describe('variants in one folder', () => {
  const [, ROLLOUT = '', REST = ''] = /^(.*?)---\n(.*)$/s.exec(SHOP) ?? [];
  const FILES = {
    'k8s/a-blue-green.yaml': ROLLOUT.replace(
      / {2}strategy:.*$/s,
      '  strategy: { blueGreen: { activeService: shop-stable } }\n',
    ),
    'k8s/b-canary.yaml': ROLLOUT,
    'k8s/c-careful.yaml': ROLLOUT.replace('setWeight: 10', 'setWeight: 5'),
    'k8s/parts.yaml': REST,
  };

  it('are units of their own, and the one with the most to prove is taken', async () => {
    await write(FILES);
    const { directory, unit, candidates, findings } = await init();
    expect(unit).toBe('folder k8s with b-canary.yaml');
    expect(candidates).toEqual(['folder k8s with b-canary.yaml', 'folder k8s with c-careful.yaml']);
    const { files } = await rendered(directory);
    expect(files.filter(({ text }) => text.includes('kind: Rollout')).map(({ text }) => text)).toEqual([
      expect.stringContaining('setWeight: 10'),
    ]);
    expect(findings.filter(({ ofUnit }) => ofUnit).map(({ where = '' }) => where.split(':')[0])).not.toContain(
      'k8s/a-blue-green.yaml',
    );
  });

  thorough('can be named, and asked for', async () => {
    await write(FILES);
    const named = await init({ unit: 'folder k8s with c-careful.yaml' });
    expect((await rendered(named.directory)).files.some(({ text }) => text.includes('setWeight: 5\n'))).toBe(true);
    const asked = await init({ force: true }, { ...DEFAULT_ANSWERS, unit: async (candidates) => candidates[1]! });
    expect(asked.unit).toBe('folder k8s with c-careful.yaml');
    await expect(init({ force: true, unit: 'folder k8s with a-blue-green.yaml' })).rejects.toMatchObject({
      code: 'INIT_NOTHING_TO_PROVE',
    });
  });

  it('are none where the files differ in what everything stands on, or agree', async () => {
    await write({
      'k8s/shop.yaml': SHOP,
      'k8s/again.yaml': ROLLOUT,
      'k8s/one.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n',
      'k8s/two.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { a: b } }\n',
    });
    expect((await init()).candidates).toEqual(['folder k8s']);
  });

  it('are those of a route, too', async () => {
    const [, route = '', parts = ''] = /^(.*?)---\n(.*)$/s.exec(VERSIONED_SPLIT) ?? [];
    await write({
      'all-to-one.yaml': route.replace('weight: 60', 'weight: 100').replace('weight: 40', 'weight: 0'),
      'more.yaml': route.replace('weight: 60', 'weight: 25').replace('weight: 40', 'weight: 75'),
      'parts.yaml': parts,
    });
    const { candidates, proposal } = await init();
    expect(candidates).toEqual(['folder . with all-to-one.yaml', 'folder . with more.yaml']);
    expect(proposal.claims.find(({ kind }) => kind === 'traffic-split')?.title).toContain('100/0');
  });

  it('are those of the pods behind one route, where only some of them have both arms', async () => {
    const [route = '', rule = '', service = '', one = '', two = ''] = VERSIONED_SPLIT.split('---\n');
    const plain = one.replace('name: front-v1', 'name: front-v2').replaceAll('version: v1', 'version: v0');
    await write({
      'routes.yaml': [route, rule].join('---\n'),
      'mesh.yaml': [service, one, two].join('---\n'),
      'z-plain.yaml': [service, plain].join('---\n'),
    });
    const { candidates, proposal } = await init();
    expect(candidates).toEqual(['folder . with mesh.yaml']);
    expect(proposal.claims.map(({ kind }) => kind)).toContain('traffic-split');
  });

  it('are offered where their pods are in another folder', async () => {
    const [route = '', ...parts] = VERSIONED_SPLIT.split('---\n');
    await write({
      'routes/split.yaml': route,
      'routes/z-one.yaml': route.replace(/ {8}- .*weight: 40 }\n/, '').replace(', weight: 60', ''),
      'pods/front.yaml': parts.join('---\n'),
    });
    expect((await init()).unit).toBe('folder routes with split.yaml');
  });
});

describe('init', () => {
  it('writes a profile whose claims speak of what it renders, and nothing else anywhere', async () => {
    await write({ 'k8s/shop.yaml': SHOP });
    const { directory, unit, proposal } = await init();
    expect([directory, unit]).toEqual([path.join(root, 'canaryproof'), 'folder k8s']);
    expect(proposal.claims.map(({ kind }) => kind)).toEqual([
      ...['sidecars', 'canary-steps', 'rollback-threshold', 'manual-judgment', 'undo', 'no-lost-request'],
    ]);
    const { profile, files } = await rendered(directory);
    expect((await lintProfile(profile, files)).filter(({ severity }) => severity === 'error')).toEqual([]);
    expect((await readdir(root)).toSorted()).toEqual(['canaryproof', 'k8s']);
    expect((await readdir(directory)).toSorted()).toEqual(['overlay.yaml', 'profile.yaml']);
    expect(await readFile(path.join(root, 'k8s/shop.yaml'), 'utf8')).toBe(SHOP);
  });

  it('takes folders with blanks, and plain folders together where none is enough alone', async () => {
    const [routes = '', ...others] = VERSIONED_SPLIT.split('---\n');
    await write({ 'my apps/routes.yaml': routes, 'my apps/pods/all.yaml': others.join('---\n') });
    const { directory, unit } = await init({ to: 'a profile' });
    expect(unit).toBe('folder my apps/**');
    const { profile, files } = await rendered(directory);
    expect(profile.claims.map(({ kind }) => kind)).toEqual(['sidecars', 'traffic-split', 'traffic-by-commit']);
    expect(files).toHaveLength(7);
  });

  thorough('asks only what no manifest and no flag says', async () => {
    await write({ 'one/shop.yaml': SHOP, 'two/shop.yaml': SHOP.replaceAll('shop.example.com', '"*"') });
    const asked: string[] = [];
    const questions: InitQuestions = {
      unit: async (candidates) => `${asked.push('unit') && candidates[1]}`,
      values: async () => void asked.push('values'),
      host: async (proposed) => `${asked.push('host') && proposed}`,
      pauses: async () => (asked.push('pauses') ? 'real' : 'short'),
    };
    const { unit, directory, proposal } = await init({}, questions);
    expect(asked).toEqual(['unit', 'host', 'pauses']);
    expect(unit).toBe('folder two');
    const [host] = (await profileIn(directory)).claims.flatMap((claim) =>
      claim.kind === 'canary-steps' ? claim.paths.map((one) => 'host' in one && one.host) : [],
    );
    expect(host).toBe('two.example.com');
    expect(proposal.changes.map(({ reason }) => reason).join()).not.toContain('--pauses');
    asked.length = 0;
    await init({ unit: 'folder two', host: 'a.example.com', pauses: 'short', to: 'flags' }, questions);
    expect(asked).toEqual([]);
  });
});

describe('a file of a folder', () => {
  it('is read with what lies beside it', async () => {
    const [routes = '', ...others] = VERSIONED_SPLIT.split('---\n');
    await write({ 'k8s/routes.yaml': routes, 'k8s/pods.yaml': others.join('---\n'), 'other/shop.yaml': SHOP });
    expect((await init({ from: 'k8s/routes.yaml' })).unit).toBe('folder .');
  });
});

describe('a split in one unit and its pods in another', () => {
  it('is offered behind what is whole', async () => {
    const [routes = '', ...others] = VERSIONED_SPLIT.split('---\n');
    await write({ 'shop/shop.yaml': SHOP, 'routes/front.yaml': routes, 'pods/front.yaml': others.join('---\n') });
    expect((await init()).candidates).toEqual(['folder shop', 'folder routes']);
    const { proposal } = await init({ force: true, unit: 'folder routes' });
    expect(proposal.claims.map(({ kind }) => kind)).toContain('traffic-split');
  });
});

describe('bad input', () => {
  it.each<[string, Readonly<Record<string, string>>, Partial<InitRequest>, string]>([
    ['no such folder', {}, { from: 'nowhere' }, 'PATH_MISSING'],
    ['no manifests', { 'README.md': '# shop' }, {}, 'INIT_NO_UNIT'],
    ['nothing that Istio routes', { 'a.yaml': SHOP.replaceAll('istio:\n', 'nginx:\n') }, {}, 'INIT_NOTHING_TO_PROVE'],
    ['a folder that is not ours', { 'a.yaml': SHOP, 'canaryproof/notes.txt': 'x' }, { force: true }, 'INIT_EXISTS'],
    ['a profile that is there', { 'a.yaml': SHOP, 'canaryproof/profile.yaml': 'x' }, {}, 'INIT_EXISTS'],
    ['a file where the profile would be', { 'a.yaml': SHOP, canaryproof: 'x' }, {}, 'INIT_EXISTS'],
    ['a folder of Git itself', { 'a.yaml': SHOP, '.git/HEAD': 'x' }, { to: '.git/new/x' }, 'INIT_INSIDE_GIT'],
    ['an unknown unit', { 'a.yaml': SHOP }, { unit: 'folder nowhere' }, 'UNIT_UNKNOWN'],
    ['values for what is no chart', { 'a.yaml': SHOP }, { valueFiles: ['a.yaml'] }, 'UNIT_VALUES'],
    ['values that are not there', { 'a.yaml': SHOP }, { valueFiles: ['b.yaml'] }, 'UNIT_VALUES'],
    ['a host that no route takes', { 'a.yaml': SHOP }, { host: 'other.example.org' }, 'INIT_HOST'],
    ['a host that is none', { 'a.yaml': SHOP }, { host: 'Not A Host' }, 'INIT_HOST'],
    ['an address that does not clone', {}, { from: 'file:///nowhere/at/all.git' }, 'CLONE_FAILED'],
    ['an address with a token for a name', {}, { from: 'https://ghp_secret@git.example.com/a.git' }, 'INIT_URL_SECRET'],
    [
      'an address with a token behind it',
      {},
      { from: 'https://git.example.com/a.git?access_token=x' },
      'INIT_URL_SECRET',
    ],
    ['an address with a password', {}, { from: 'https://me:secret@git.example.com/a.git' }, 'INIT_URL_SECRET'],
  ])('%s', async (_, files, change, code) => {
    await write(files);
    await expect(init(change)).rejects.toMatchObject({ code, exitCode: 2 });
    const left = await readdir(path.join(root, 'canaryproof')).catch(() => []);
    expect(left).toEqual(Object.keys(files).flatMap((file) => /^canaryproof\/(.+)/.exec(file)?.[1] ?? []));
  });

  it('says why there is nothing to read', async () => {
    await write({ 'k8s/shop.yaml': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n' });
    await expect(init()).rejects.toMatchObject({
      code: 'INIT_NO_UNIT',
      message: expect.stringContaining('k8s/shop.yaml is a Git LFS pointer'),
    });
  });

  it('says what of the unit is not here', async () => {
    await write({
      'k8s/shop.yaml': SHOP,
      'k8s/more.yaml': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n',
      'other/pods.yaml': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n',
    });
    const { unprovable } = (await init()).proposal;
    expect(unprovable.filter(({ why }) => why.includes('LFS'))).toEqual([
      { what: 'k8s/more.yaml', why: 'it is a Git LFS pointer: what it stands for is not here and is not judged' },
    ]);
  });

  it('says of a unit that does not render why', async () => {
    const source = '{ repoURL: "https://git.example.com/shop.git", path: chart, helm: { valueFiles: [missing.yaml] } }';
    await write({
      'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
      'app.yaml': `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: shop }\nspec: { source: ${source} }\n`,
    });
    await expect(init()).rejects.toMatchObject({
      code: 'INIT_NOTHING_TO_PROVE',
      message: expect.stringContaining('missing.yaml, which does not exist'),
    });
  });

  it('names files that look like templates where there is nothing else', async () => {
    await write({ 'a.yaml': `${SHOP}---\nkind: [\n` });
    await expect(init()).rejects.toMatchObject({
      code: 'INIT_NO_UNIT',
      message: expect.stringContaining('a.yaml holds marks of a template that something else fills in'),
    });
  });

  it.each([
    ['in the file of everything', { 'a.yaml': `${VERSIONED_SPLIT}---\nkind: [\n` }, 'MANIFEST_YAML_SYNTAX'],
    [
      'in one of its files',
      { 'a.yaml': SHOP, 'b.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: {\n' },
      'MANIFEST_YAML_SYNTAX',
    ],
    [
      'that holds itself',
      { 'a.yaml': SHOP, 'b.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: &a { a: [*a] }\n' },
      'MANIFEST_YAML_SYNTAX',
    ],
  ] as const)('says of a document that is no YAML, %s, where it stands, and writes nothing', async (_, files, code) => {
    await write(files);
    const error = (await init().catch((one: unknown) => one)) as { code: string; message: string; where: string };
    expect(error.code).toBe(code);
    expect(`${error.where} ${error.message}`).toMatch(/[ab]\.yaml:\d+:\d+/);
    expect(await readdir(root)).not.toContain('canaryproof');
  });

  it('says why nothing was rendered where there is a kustomization', async () => {
    await write({ 'kustomization.yaml': 'resources: ["https://example.com/shop.yaml"]\n' });
    await expect(init()).rejects.toMatchObject({
      code: 'INIT_NOTHING_TO_PROVE',
      message: expect.stringContaining('it reads https://example.com/shop.yaml, which is not in this repository'),
    });
  });

  it('says what several environments bring, each otherwise', async () => {
    const application = (name: string) =>
      `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: ${name} }\nspec: { source: { repoURL: "https://git.example.com/shop.git", path: ${name} } }\n`;
    const texts = SHOP.split('---\n');
    const [routes = ''] = texts.filter((text) => text.includes('kind: VirtualService'));
    await write({
      'apps/all.yaml': ['shop', 'test', 'production'].map(application).join('---\n'),
      'shop/shop.yaml': texts.filter((text) => text !== routes).join('---\n'),
      'test/routes.yaml': routes,
      'production/routes.yaml': routes.replace('hosts: [shop.example.com]', 'hosts: [shop.example.org]'),
    });
    await expect(init()).rejects.toMatchObject({
      code: 'INIT_NOTHING_TO_PROVE',
      message: expect.stringContaining('units of the repository bring different ones'),
    });
  });

  it('is no reason to write over more than its own two files', async () => {
    await write({ 'a.yaml': SHOP, 'canaryproof/profile.yaml': 'old', 'canaryproof/faults/mine.yaml': 'mine' });
    const { directory } = await init({ force: true });
    expect(await readFile(path.join(directory, 'faults/mine.yaml'), 'utf8')).toBe('mine');
    expect(parse(await readFile(path.join(directory, 'profile.yaml'), 'utf8'))).toHaveProperty('kind', 'Profile');
  });
});
