import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLAIM_KINDS } from '../claims/declarations.ts';
import { DocumentError } from '../documents/document-error.ts';
import { parseProfile } from './profile-kind.ts';

const FIXTURES = path.join(import.meta.dirname, 'fixtures');

function parseFixture(name: string) {
  return parseProfile(readFileSync(path.join(FIXTURES, name), 'utf8'), name, '/profiles/shop');
}

function errorOf(name: string): DocumentError {
  try {
    parseFixture(name);
  } catch (error) {
    if (error instanceof DocumentError) return error;
    throw error;
  }
  throw new Error(`${name} was accepted`);
}

/** Fixture -> the code of the error, and every problem as `line:column CODE part of the sentence`. */
const INVALID: Record<string, readonly [code: string, ...problems: string[]]> = {
  'invalid-empty.yaml': ['PROFILE_EMPTY', '1:1 PROFILE_EMPTY holds no Profile'],
  'invalid-syntax.yaml': ['PROFILE_YAML_SYNTAX', '6:1 PROFILE_YAML_SYNTAX Missing closing "quote'],
  'invalid-syntax-indent.yaml': ['PROFILE_YAML_SYNTAX', '5:1 PROFILE_YAML_SYNTAX same column'],
  'invalid-duplicate-key.yaml': ['PROFILE_YAML_SYNTAX', '7:1 PROFILE_YAML_SYNTAX unique'],
  'invalid-alias.yaml': ['PROFILE_YAML_SYNTAX', '7:14 PROFILE_YAML_SYNTAX nowhere'],
  'invalid-two-documents.yaml': ['PROFILE_SEVERAL_DOCUMENTS', '15:1 PROFILE_SEVERAL_DOCUMENTS holds 2 documents'],
  'invalid-not-a-mapping.yaml': ['PROFILE_INVALID', '1:1 PROFILE_INVALID a Profile is a mapping'],
  'invalid-other-kind.yaml': [
    'PROFILE_INVALID',
    '1:13 PROFILE_API_VERSION this version reads canaryproof.dev/v1alpha1',
    '2:7 PROFILE_KIND kind is "Cluster"',
  ],
  'invalid-unknown-field.yaml': [
    'PROFILE_UNKNOWN_FIELD',
    "8:3 PROFILE_UNKNOWN_FIELD load has no field 'assurence'; did you mean 'assurance'?",
    "13:35 PROFILE_UNKNOWN_FIELD claims[0].virtualService has no field 'subset' (it has name, namespace)",
    "15:39 PROFILE_UNKNOWN_FIELD claims[0].paths[0] has no field 'rate'; did you mean 'ratePerSecond'?",
    "16:1 PROFILE_UNKNOWN_FIELD a Profile has no field 'colour' (it has apiVersion, kind, name",
  ],
  'invalid-missing-field.yaml': [
    'PROFILE_INVALID',
    '1:1 PROFILE_MISSING_FIELD title is missing',
    '4:14 PROFILE_MISSING_FIELD namespaces[0].name is missing',
    '5:9 PROFILE_MISSING_FIELD source.application is missing',
    '7:5 PROFILE_MISSING_FIELD claims[0].virtualService is missing',
    '11:12 PROFILE_INVALID claims[0].paths must name at least one client path',
    '12:5 PROFILE_MISSING_FIELD claims[1].id is missing',
  ],
  'invalid-values.yaml': [
    'PROFILE_INVALID',
    '3:7 PROFILE_INVALID name must be lower-case',
    '4:8 PROFILE_INVALID title must not be empty',
    '5:17 PROFILE_INVALID addons[1] must be istio or argocd or prometheus or argo-rollouts or alertmanager or metrics-server or jaeger or kyverno or registry or unleash, not "linkerd"',
    '6:13 PROFILE_INVALID namespaces must be a list, not a string',
    "7:22 PROFILE_INVALID source.directory must not leave its directory with '..'",
    '7:49 PROFILE_INVALID source.application must be a relative path',
    '10:31 PROFILE_INVALID images[0].standIn.version: must be an environment variable name',
    '12:14 PROFILE_INVALID load.assurance must be smoke or default or nightly, not "nightley"; did you mean \'nightly\'?',
    '13:29 PROFILE_INVALID load.ratePerSecond.ingress must be above 0',
    '13:38 PROFILE_INVALID load.ratePerSecond.mesh must be a number, not a string',
    '14:16 PROFILE_INVALID load.maxDuration must be a duration such as 45s',
    '15:19 PROFILE_INVALID load.requestTimeout must be longer than nothing',
    '16:28 PROFILE_INVALID load.newConnectionPerRequest must be true or false, not a string',
    '17:17 PROFILE_INVALID budgets.run must be longer than nothing and at most a day',
    '19:9 PROFILE_INVALID claims[0].id must be <profile>/<claim>',
    '24:33 PROFILE_INVALID claims[0].paths[0].from must hold at least one label',
    '24:58 PROFILE_INVALID claims[0].paths[0].port must be a whole number, not 80.5',
    "24:70 PROFILE_INVALID claims[0].paths[0].path must start with '/'",
  ],
  'invalid-claim-kind.yaml': [
    'PROFILE_INVALID',
    `10:11 PROFILE_INVALID claims[0].kind must be one of ${CLAIM_KINDS.map(({ kind }) => kind).join(', ')}; did you mean 'traffic-split'?`,
    '11:5 PROFILE_MISSING_FIELD claims[1].kind is missing',
  ],
  'invalid-weights-sum.yaml': [
    'PROFILE_INVALID',
    '18:14 PROFILE_INVALID claims[1].weights must sum to 100, but sum to 95',
    '23:20 PROFILE_INVALID claims[2].weights.v1 must be a whole number, not 99.5',
    '23:30 PROFILE_INVALID claims[2].weights.v2 must be a whole number, not 0.5',
  ],
  'invalid-references.yaml': [
    'PROFILE_INVALID',
    '5:38 PROFILE_DUPLICATE_NAMESPACE namespace shop is declared twice',
    '10:45 PROFILE_DUPLICATE_FILE same.yaml',
    "11:19 PROFILE_INVALID load.identify: 'query:version'",
    '19:9 PROFILE_DUPLICATE_CLAIM claim shop/split is declared twice',
    "22:9 PROFILE_CLAIM_ID claim other/prometheus must begin with the profile's name, shop/",
    '25:12 PROFILE_REFERENCE there is no traffic-split claim shop/spilt (there is shop/split)',
    '30:11 PROFILE_REFERENCE claim shop/split has no mesh path',
  ],
  'invalid-source-empty.yaml': ['PROFILE_EMPTY_SOURCE', '6:9 PROFILE_EMPTY_SOURCE Git would be empty'],
};

describe('parseProfile', () => {
  it.each(Object.entries(INVALID))('says everything that is wrong with %s', (name, [code, ...expected]) => {
    const error = errorOf(name);
    const found = error.problems.map(
      ({ code, position, sentence }) => `${position.line}:${position.column} ${code} ${sentence}`,
    );
    expect(found).toHaveLength(expected.length);
    expected.forEach((problem, index) => {
      const [place, problemCode, ...part] = problem.split(' ');
      expect(found[index]).toMatch(new RegExp(`^${place} ${problemCode} `));
      expect(found[index]).toContain(part.join(' '));
    });
    expect(error.code).toBe(code);
    expect(error.exitCode).toBe(2);
    expect(error.where).toBe(`${name}:${expected[0]!.split(' ')[0]}`);
  });

  it('has an expectation for every invalid fixture', () => {
    const names = readdirSync(FIXTURES).filter((name) => name.startsWith('invalid-'));
    expect(names.sort()).toEqual(Object.keys(INVALID).sort());
  });

  it('lists several problems in one message, each with its place', () => {
    const { message } = errorOf('invalid-other-kind.yaml');
    expect(message.split('\n')).toEqual([
      '2 problems in invalid-other-kind.yaml:',
      expect.stringMatching(/^ {2}invalid-other-kind\.yaml:1:13 PROFILE_API_VERSION: /),
      expect.stringMatching(/^ {2}invalid-other-kind\.yaml:2:7 PROFILE_KIND: /),
    ]);
  });

  it.each(['.inf', '.nan', '1e309'])('a number has an end: %s', (number) => {
    const text = readFileSync(path.join(FIXTURES, 'valid-minimal.yaml'), 'utf8');
    expect(() => parseProfile(`${text}load: { ratePerSecond: { ingress: ${number} } }\n`, 'a.yaml', '/shop')).toThrow(
      /load\.ratePerSecond\.ingress must be a finite number, not (Infinity|NaN)/,
    );
  });

  it('fills in every default', () => {
    const profile = parseFixture('valid-minimal.yaml');
    expect(profile).toEqual({
      name: 'shop',
      title: 'Smallest profile that is one',
      description: undefined,
      directory: '/profiles/shop',
      file: 'valid-minimal.yaml',
      addons: ['istio', 'argocd', 'prometheus'],
      namespaces: [{ name: 'shop', istioInjection: true }],
      source: { directory: '/profiles/shop/repository', files: [], application: 'application.yaml' },
      images: [],
      load: {
        assurance: 'default',
        maxDurationMs: 120_000,
        requestTimeoutMs: 5_000,
        newConnectionPerRequest: false,
        sideBySide: false,
        identify: { kind: 'header', name: 'x-canaryproof-hops' },
      },
      budgets: expect.objectContaining({ applicationSyncedMs: 120_000, runMs: 900_000 }),
      claims: [
        {
          id: 'shop/sidecars',
          title: 'Every pod has its sidecar',
          kind: 'sidecars',
          container: 'istio-proxy',
          namespaces: ['shop'],
          outsideMesh: ['argocd'],
        },
      ],
    });
  });

  it('resolves references, namespaces, rates and durations', () => {
    const profile = parseFixture('valid-everything.yaml');
    const [split, application, byCommit, recurse, sidecars, prometheus] = profile.claims;
    expect(split).toMatchObject({
      virtualService: { name: 'cart', namespace: 'batch' },
      paths: [
        { kind: 'ingress', host: 'shop.example.com', path: '/cart', ratePerSecond: 5 },
        {
          kind: 'mesh',
          from: { app: 'front' },
          namespace: 'batch',
          service: 'cart',
          port: 80,
          path: '/',
          ratePerSecond: 20.5,
        },
      ],
    });
    expect(application).toMatchObject({
      deleteObject: { apiVersion: 'v1', kind: 'Service', name: 'cart', namespace: 'shop' },
      removeFromGit: { namespace: 'batch' },
      drift: { split, weights: { v1: 50, v2: 50 } },
    });
    expect(byCommit).toMatchObject({ split, path: { kind: 'mesh', port: 80 }, weights: { v1: 0, v2: 100 } });
    expect(recurse).toMatchObject({ trialApplication: 'shop-flat' });
    expect(sidecars).toMatchObject({ container: 'proxy', namespaces: ['shop'], outsideMesh: ['argocd', 'batch'] });
    expect(prometheus).toMatchObject({ split, reporter: 'source' });
    expect(profile.source).toEqual({
      directory: undefined,
      files: [{ component: 'istio', path: 'samples/a.yaml', as: 'base/a.yaml' }],
      application: 'argocd/application.yaml',
    });
    expect(profile.images).toEqual([
      { image: 'registry.example.com/shop:*', standIn: { SERVICE: 'cart', VERSION: 'v1' } },
    ]);
    expect(profile.load).toEqual({
      assurance: 'nightly',
      maxDurationMs: 90_000,
      requestTimeoutMs: 250,
      newConnectionPerRequest: true,
      sideBySide: false,
      identify: { kind: 'json', path: 'hops.0.version' },
    });
    expect(profile.budgets).toMatchObject({ podsReadyMs: 45_000, runMs: 3_600_000, driftHealedMs: 60_000 });
  });

  it('injects sidecars only where the namespace asks for it', () => {
    const text = readFileSync(path.join(FIXTURES, 'valid-minimal.yaml'), 'utf8').replace(
      '  - name: shop\n',
      '  - name: shop\n  - { name: jobs, istioInjection: false }\n  - { name: web }\n',
    );
    expect(parseProfile(text, 'profile.yaml', '/p').claims[0]).toMatchObject({ namespaces: ['shop', 'web'] });
  });

  it.each([
    ['https://git.test/shop.git', true],
    ['ssh://git@git.test:22/shop.git', true],
    ['git@git.test:team/shop.git', true],
    ['https://token@git.test/shop.git', false],
    ['https://git.test/shop.git?token=a', false],
    ['ssh://me:needle@git.test/shop.git', false],
    ['git+ssh://me:needle@git.test/shop.git', false],
  ])('the address %s of a repository holds no secret: %s', (url, isTaken) => {
    const repository = `repository: { url: ${JSON.stringify(url)}, commit: ${'a'.repeat(40)}, unit: folder k8s }`;
    const text = readFileSync(path.join(FIXTURES, 'valid-minimal.yaml'), 'utf8').replace(
      'directory: repository',
      repository,
    );
    const parsing = () => parseProfile(text, 'profile.yaml', '/p');
    if (isTaken) expect(parsing).not.toThrow();
    else expect(parsing).toThrow(/must hold no password \(ssh:\/\/USER:PASSWORD@/);
  });

  it('refuses a document that is built to explode', () => {
    const levels = Array.from({ length: 12 }, (_, level) =>
      level === 0
        ? 'a0: &a0 [x, x, x, x, x, x, x, x]'
        : `a${level}: &a${level} [${Array(8)
            .fill(`*a${level - 1}`)
            .join(', ')}]`,
    );
    expect(() => parseProfile(levels.join('\n'), 'bomb.yaml', '/p')).toThrow(
      expect.objectContaining({ code: 'PROFILE_YAML_SYNTAX' }),
    );
  });
});
