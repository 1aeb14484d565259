/** The profiles of the package, as golden data: they load, lint clean, and declare what their systems promise. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readApplication } from '../lint/argo/argo-application.ts';
import { readDeclaredSplit } from '../lint/routes/declared-split.ts';
import { collectRepository, type RepositoryFile } from '../profile/collect-repository.ts';
import { withoutDirectoryRecurse, withoutObject, withRepositoryUrl, withWeights } from '../profile/edit-manifests.ts';
import { listFaults, loadFault } from '../profile/faults.ts';
import { listProfiles, loadProfile } from '../profile/load-profile.ts';
import type { Profile } from '../profile/profile.ts';
import { fewOf, thorough } from '../testkit/runner/thorough.ts';
import { lintProfile } from './lint-profile.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const ISTIO = path.join(import.meta.dirname, 'fixtures', 'istio');
const readSample = (_component: string, file: string) => readFile(path.join(ISTIO, file), 'utf8');

type Loaded = { readonly profile: Profile; readonly files: readonly RepositoryFile[] };
/** Read once: no test changes one. */
const loaded = new Map<string, Promise<Loaded>>();
function load(name: string): Promise<Loaded> {
  const found = loaded.get(name) ?? read(name);
  loaded.set(name, found);
  return found;
}

async function read(name: string): Promise<Loaded> {
  const profile = await loadProfile(name, { packageRoot: ROOT, workingDirectory: ROOT });
  return { profile, files: await collectRepository(profile, readSample) };
}

function replaced(files: readonly RepositoryFile[], file: string, from: string | RegExp, to: string): RepositoryFile[] {
  const edited = files.map((one) => (one.path === file ? { ...one, text: one.text.replace(from, to) } : one));
  expect(edited).not.toEqual(files);
  return edited;
}

const NAMES = [
  'bookinfo',
  'bookinfo-kiali',
  'bookinfo-tracing',
  'bookinfo-upstream',
  'clinicos',
  'mesh',
  'zero-downtime-flags',
];
/** Only Helm can read them: harness/conform/shipped-chart.integration.test.ts. */
const CHART_NAMES = ['bookinfo-helm'];
/** Systems of Argo Rollouts. */
const ROLLOUT_NAMES = ['gridos', 'zero-downtime', 'zero-downtime-policies', 'zero-downtime-signatures'];
const ROUTE_FILE = 'canary/reviews-traffic-90-10.yaml';

describe('the packaged profiles', () => {
  it('are these', async () => {
    expect(await listProfiles({ packageRoot: ROOT })).toEqual([...NAMES, ...CHART_NAMES, ...ROLLOUT_NAMES].sort());
  });

  it.each(fewOf(2, NAMES))('%s bears the name of its directory and lints clean', async (name) => {
    const { profile, files } = await load(name);
    expect(profile.name).toBe(name);
    const found = (await lintProfile(profile, files)).filter(({ severity }) => severity !== 'info');
    // a remedy that helps nobody is among the claims of clinicos, to be seen at work
    expect(found.map(({ code, where }) => `${code} ${where?.split(':')[0]}`)).toEqual(
      name === 'clinicos' ? ['HASH_NOT_ACROSS_SPLIT k8s/istio/remedies/consistent-hash.yaml'] : [],
    );
  });

  it.each(fewOf(1, ROLLOUT_NAMES))('%s lints clean, its analyses at a scrape every 2 s included', async (name) => {
    const { profile, files } = await load(name);
    expect((await lintProfile(profile, files)).filter(({ severity }) => severity !== 'info')).toEqual([]);
  });

  thorough('judge windows by the scrapes of the addon that they bring', async () => {
    const { profile, files } = await load('gridos');
    const short = replaced(files, 'applications/gridos/base/analysis-templates.yaml', /value: 30s/g, 'value: 3s');
    const told = (await lintProfile(profile, short)).filter(({ code }) => code === 'ANALYSIS_WINDOW_TOO_SHORT');
    // twice in a ratio, once in the two others
    expect(told).toHaveLength(6);
    expect(told[0]?.sentence).toContain('Prometheus scrapes every 2 s');
    const addons = profile.addons.filter((addon) => addon !== 'prometheus');
    expect((await lintProfile({ ...profile, addons }, short)).map(({ code }) => code)).not.toContain(
      'ANALYSIS_WINDOW_TOO_SHORT',
    );
    const manifest = await readFile(path.join(ROOT, 'clusters', 'addons', 'manifests', 'prometheus.yaml'), 'utf8');
    expect(manifest).toContain('scrape_interval: 2s');
    expect(manifest.match(/scrape_interval/g)).toHaveLength(1);
  });

  it('bookinfo is the repository that its author describes', async () => {
    const { profile, files } = await load('bookinfo');
    expect(files.map((file) => file.path)).toEqual([
      'argocd/application.yaml',
      'base/bookinfo.yaml',
      'base/destination-rule.yaml',
      'base/gateway.yaml',
      ROUTE_FILE,
    ]);
    expect(await lintProfile(profile, files)).toEqual([]);
    expect(readApplication(files[0]!)).toEqual({
      name: 'bookinfo',
      namespace: 'argocd',
      destinationNamespace: 'bookinfo',
      sourcePath: '.',
      recurse: true,
      automated: { selfHeal: true, prune: true },
    });
    const split = readDeclaredSplit(files, { virtualService: { name: 'reviews' }, namespace: 'bookinfo' });
    expect(split.arms.map(({ subset, version, weight }) => [subset, version, weight])).toEqual([
      ['reviews-v1', 'v1', 90],
      ['reviews-v3', 'v3', 10],
    ]);
    expect([split.gateways, split.file, split.line]).toEqual([['mesh'], ROUTE_FILE, 11]);
    expect(profile.claims.map(({ id }) => id).sort()).toEqual(
      ['application', 'prometheus-agrees', 'recurse-pitfall', 'sidecars', 'split-90-10', 'traffic-by-commit'].map(
        (claim) => `bookinfo/${claim}`,
      ),
    );
  });

  it('bookinfo-upstream is the sample as Istio ships it', async () => {
    const { profile, files } = await load('bookinfo-upstream');
    const split = readDeclaredSplit(files, { virtualService: { name: 'reviews' }, namespace: 'bookinfo-upstream' });
    expect(split.arms.map(({ subset, version, weight }) => [subset, version, weight])).toEqual([
      ['v1', 'v1', 90],
      ['v2', 'v2', 10],
    ]);
    // Subsets for versions that the sample deploys only later.
    expect((await lintProfile(profile, files)).map(({ code, where }) => [code, where])).toEqual(
      [39, 42, 45, 59].map((line) => ['SUBSET_WITHOUT_PODS', `networking/destination-rule-all.yaml:${line}:5`]),
    );
    const hashes = files.map(({ path: file, text }) => [
      file,
      createHash('sha256').update(text).digest('hex').slice(0, 12),
    ]);
    expect(Object.fromEntries(hashes)).toMatchObject(SAMPLE_HASHES);
  });

  it.each(NAMES)('%s maps every image that its manifests use', async (name) => {
    const { profile, files } = await load(name);
    const used = new Set(files.flatMap(({ text }) => [...text.matchAll(/image: (\S+)/g)].map(([, image]) => image!)));
    expect(used.size).toBe(
      {
        bookinfo: 5,
        'bookinfo-kiali': 6,
        'bookinfo-tracing': 6,
        'bookinfo-upstream': 6,
        clinicos: 2,
        mesh: 8,
        'zero-downtime-flags': 2,
      }[name],
    );
    for (const image of used) {
      const mapping = profile.images.find((one) =>
        one.image.endsWith('*') ? image.startsWith(one.image.slice(0, -1)) : one.image === image,
      );
      expect(mapping, image).toBeDefined();
      // a program names itself
      if (mapping && 'program' in mapping) continue;
      const standIn = mapping && 'standIn' in mapping ? mapping.standIn : {};
      // the tag is the version, or the name holds it
      const named = standIn.VERSION === '{tag}' ? `/${standIn.SERVICE}:v` : `-${standIn.SERVICE}-${standIn.VERSION}:`;
      expect(image).toContain(named);
    }
  });

  it.each(fewOf(2, NAMES))('%s can make every commit that its claims need', async (name) => {
    const { profile, files } = await load(name);
    for (const claim of profile.claims) {
      if (claim.kind === 'traffic-by-commit') {
        const edited = withWeights(files, claim.split.virtualService, claim.weights);
        const { arms } = readDeclaredSplit(edited, { virtualService: claim.split.virtualService, namespace: name });
        expect(arms.map(({ weight }) => weight)).toEqual([75, 25]);
      }
      if (claim.kind === 'gitops-application') {
        const edited = withoutObject(files, claim.removeFromGit);
        expect((await lintProfile(profile, edited)).filter(({ severity }) => severity === 'error')).toMatchObject([
          { code: 'CLAIM_OBJECT_NOT_IN_GIT' },
        ]);
      }
    }
    const application = files.find((file) => file.path === profile.source.application)!;
    expect(withRepositoryUrl(application, 'http://10.0.0.1/shop.git').text).toContain(
      'repoURL: "http://10.0.0.1/shop.git"',
    );
    const flat = files.map((file) => (file === application ? withoutDirectoryRecurse(file) : file));
    const ignored = files.filter((file) => file !== application && /\.ya?ml$/.test(file.path)).map((file) => file.path);
    expect((await lintProfile(profile, flat)).find(({ severity }) => severity === 'error')).toMatchObject({
      code: 'APPLICATION_RECURSE_OFF',
      sentence: expect.stringContaining(
        `silently ignores ${ignored.length} files in subdirectories: ${ignored.join(', ')}`,
      ),
    });
  });

  it('offers the wrong splits and a fault for every layer of the ledger', async () => {
    const { profile } = await load('bookinfo');
    expect(await listFaults(profile)).toEqual([
      'commit-not-applied',
      'pod-count',
      'routes-refused',
      'split-100-0',
      'split-80-20',
      'split-85-15',
      'wrong-endpoints',
    ]);
    const weights = async (name: string) => (await loadFault(profile, name)).patches.map(({ patch }) => patch);
    for (const [first, second] of [
      [100, 0],
      [80, 20],
      [85, 15],
    ])
      expect(await weights(`split-${first}-${second}`)).toEqual([
        [
          { op: 'replace', path: '/spec/http/0/route/0/weight', value: first },
          { op: 'replace', path: '/spec/http/0/route/1/weight', value: second },
        ],
      ]);
    expect(await loadFault(profile, 'pod-count')).toMatchObject({
      suspendAutoSync: true,
      patches: [
        {
          kind: 'VirtualService',
          name: 'reviews',
          namespace: 'bookinfo',
          type: 'merge',
          patch: { spec: { gateways: ['bookinfo-gateway'] } },
        },
      ],
    });
  });
});

describe('lintProfile', () => {
  it.each([
    ['ROUTE_WEIGHTS_SUM', ROUTE_FILE, /weight: 90([\s\S]*)weight: 10/, 'weight: 0$1weight: 0', `${ROUTE_FILE}:11:9`],
    ['ROUTE_SUBSET_MISSING', ROUTE_FILE, 'subset: reviews-v3', 'subset: reviews-v2', `${ROUTE_FILE}:17:21`],
    ['ROUTE_NOT_IN_MESH', ROUTE_FILE, '  http:', '  gateways: [bookinfo-gateway]\n  http:', `${ROUTE_FILE}:9:13`],
    [
      'SPLIT_VIRTUAL_SERVICE_MISSING',
      ROUTE_FILE,
      'name: reviews',
      'name: other',
      'k8s/profiles/bookinfo/profile.yaml (bookinfo/split-90-10)',
    ],
    [
      'CLAIM_WEIGHTS_UNCHANGED',
      ROUTE_FILE,
      /90([\s\S]*)weight: 10/,
      '75$1weight: 25',
      'k8s/profiles/bookinfo/profile.yaml (bookinfo/traffic-by-commit)',
    ],
    [
      'CLAIM_OBJECT_NOT_IN_GIT',
      'base/bookinfo.yaml',
      'name: details-v1',
      'name: details-v9',
      'k8s/profiles/bookinfo/profile.yaml (bookinfo/application)',
    ],
    [
      'APPLICATION_NAMESPACE',
      'argocd/application.yaml',
      'namespace: bookinfo',
      'namespace: default',
      'argocd/application.yaml',
    ],
    [
      'APPLICATION_NOT_AUTOMATED',
      'argocd/application.yaml',
      'selfHeal: true',
      'selfHeal: false',
      'argocd/application.yaml',
    ],
    [
      'APPLICATION_MISSING',
      'argocd/application.yaml',
      'kind: Application',
      'kind: AppProject',
      'argocd/application.yaml',
    ],
    ['MANIFEST_YAML_SYNTAX', ROUTE_FILE, 'metadata:', 'metadata: [', `${ROUTE_FILE}:6:1`],
  ])('%s', async (code, file, from, to, where) => {
    const { profile, files } = await load('bookinfo');
    const findings = await lintProfile(profile, replaced(files, file, from, to));
    expect(findings).toContainEqual(expect.objectContaining({ code, severity: 'error', where }));
    expect(findings.filter((finding) => finding.where === where)).toHaveLength(1);
  });

  it('wants weights for the subsets of the split', async () => {
    const { profile, files } = await load('bookinfo');
    const claims = profile.claims.map((claim) =>
      claim.kind === 'traffic-by-commit' ? { ...claim, weights: { v1: 75, v3: 25 } } : claim,
    );
    expect(await lintProfile({ ...profile, claims }, files)).toMatchObject([
      {
        code: 'CLAIM_WEIGHTS',
        sentence: 'the weights are for v1, v3, but the split is between reviews-v1, reviews-v3',
      },
    ]);
  });

  it('misses an Application that is not there', async () => {
    const { profile, files } = await load('bookinfo');
    expect(await lintProfile(profile, files.slice(1))).toMatchObject([
      { code: 'APPLICATION_MISSING', sentence: 'the repository holds no argocd/application.yaml' },
    ]);
  });
});

/** First 12 digits of sha256, of istio.io/istio at eed52ebb66ad (2026-08-27). */
const SAMPLE_HASHES = {
  'networking/bookinfo-gateway.yaml': 'e44689518453',
  'networking/destination-rule-all.yaml': 'd80b5e7effff',
  'networking/virtual-service-reviews-90-10.yaml': '39b070c67019',
  'platform/kube/bookinfo.yaml': 'ec82aaf76a03',
};
