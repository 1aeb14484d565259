import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { faultJsonSchema, profileJsonSchema } from './json-schema.ts';

const PROFILES = path.join(import.meta.dirname, '..', '..', 'k8s', 'profiles');
const FIXTURES = path.join(import.meta.dirname, 'fixtures');

function validator(schema: Record<string, unknown>) {
  return new Ajv2020({ strict: false }).compile(schema);
}

// compiling one costs more than all that it judges here
const isProfile = validator(profileJsonSchema());

function yamlFiles(directory: string, matches: (name: string) => boolean): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter(matches)
    .map((name) => path.join(directory, name));
}

describe('JSON Schemas', () => {
  it('are the published ones (run vitest with -u after a change of the documents)', async () => {
    const print = (schema: unknown) => `${JSON.stringify(schema, null, 2)}\n`;
    await expect(print(profileJsonSchema())).toMatchFileSnapshot(path.join(PROFILES, 'profile.schema.json'));
    await expect(print(faultJsonSchema())).toMatchFileSnapshot(path.join(PROFILES, 'fault.schema.json'));
  });

  it('accept every valid fixture and every packaged document', () => {
    const isFault = validator(faultJsonSchema());
    const profiles = [
      ...yamlFiles(FIXTURES, (name) => name.startsWith('valid-')),
      ...yamlFiles(PROFILES, (name) => path.basename(name) === 'profile.yaml'),
    ];
    const faults = yamlFiles(PROFILES, (name) => path.basename(path.dirname(name)) === 'faults');
    expect([profiles.length, faults.length]).toEqual([14, 61]);
    for (const file of profiles)
      expect([file, isProfile(parse(readFileSync(file, 'utf8'))), isProfile.errors]).toEqual([file, true, null]);
    for (const file of faults)
      expect([file, isFault(parse(readFileSync(file, 'utf8'))), isFault.errors]).toEqual([file, true, null]);
  });

  it.each([
    'invalid-unknown-field.yaml',
    'invalid-missing-field.yaml',
    'invalid-claim-kind.yaml',
    'invalid-values.yaml',
    'invalid-other-kind.yaml',
  ])('refuse %s', (name) => {
    expect(isProfile(parse(readFileSync(path.join(FIXTURES, name), 'utf8')))).toBe(false);
  });
});
