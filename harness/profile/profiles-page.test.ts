/**
 * docs/profiles.md shows every field of both documents and every kind of claim, each claim as its folder's example.yaml.
 * Every snippet is a fixture: it is parsed and resolved here, as part of a profile that is complete without it.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { CLAIM_KINDS } from '../claims/declarations.ts';
import { packageRoot } from '../process/package-root.ts';
import { missingFields } from '../testkit/documents/shown-fields.ts';
import { parseFault } from './faults.ts';
import { faultJsonSchema, profileJsonSchema } from './json-schema.ts';
import { parseProfile } from './profile-kind.ts';

type Fields = Record<string, unknown>;

const CLAIMS = path.join(packageRoot(), 'harness', 'claims');
const page = readFileSync(path.join(packageRoot(), 'docs', 'profiles.md'), 'utf8');
const snippets = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text);
const documents = snippets.map((text) => parse(text) as Fields | Fields[]);
const claimLists = documents.filter((document) => Array.isArray(document));
const whole = documents.filter((document) => !Array.isArray(document)) as Fields[];
const faults = whole.filter(({ kind }) => kind === 'Fault');
/** What each of the others is a part of. */
const smallest = whole.find(({ claims }) => claims !== undefined) ?? {};
const parts = whole.filter((document) => !faults.includes(document));

/** A claim may refer to the split of the page; it is added where it is not shown itself. */
function withSplit(claims: readonly Fields[]): readonly Fields[] {
  const split = claimLists.flat().filter(({ id }) => id === 'shop/split-90-10');
  return claims.some(({ id }) => id === 'shop/split-90-10') ? claims : [...split, ...claims];
}

function resolved(document: Fields) {
  return parseProfile(stringify(document, { aliasDuplicateObjects: false }), 'docs/profiles.md', '/shop');
}

test.each(parts.map((part) => [Object.keys(part).join(', '), part] as const))(
  'a profile with %s resolves',
  (_, part) => {
    expect(resolved({ ...smallest, ...part }).name).toBe('shop');
  },
);

test.each(claimLists.map((claims) => [String(claims[0]?.kind), claims] as const))(
  'claims of kind %s resolve',
  (_, claims) => {
    const profile = resolved({ ...smallest, claims: withSplit(claims) });
    for (const { id } of claims) expect(profile.claims.map((claim) => claim.id)).toContain(id);
  },
);

test('the faults resolve', () => {
  expect(faults).toHaveLength(7);
  for (const fault of faults)
    expect(parseFault(stringify(fault), `${String(fault.name)}.yaml`, 'shop').title).toBe(fault.title);
});

test.each(CLAIM_KINDS.map(({ kind }) => kind))('%s is shown with the example of its folder, verbatim', (kind) => {
  const example = readFileSync(path.join(CLAIMS, kind, 'example.yaml'), 'utf8');
  expect(new Set((parse(example) as Fields[]).map((claim) => claim.kind))).toEqual(new Set([kind]));
  expect(page).toContain(`### \`${kind}\`\n`);
  expect(snippets).toContain(example);
});

test('no field of the documents is left out', () => {
  const profiles = [...parts, { claims: claimLists.flat() }];
  expect(missingFields(profileJsonSchema(), profiles)).toEqual([]);
  expect(missingFields(faultJsonSchema(), faults)).toEqual([]);
});

test('a field that nobody shows is named', () => {
  const withoutLimit = claimLists.flat().map(({ limit: _, ...claim }) => claim);
  expect(missingFields(profileJsonSchema(), [...parts, { claims: withoutLimit }])).toEqual([
    'claims[rollback-threshold].limit',
    'claims[image-tag-commit].limit',
    'claims[circuit-breaker].limit',
  ]);
});
