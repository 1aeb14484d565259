import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { DocumentError } from '../documents/document-error.ts';
import { listFaults, loadFault, parseFault } from './faults.ts';

const JSON_FAULT = `apiVersion: canaryproof.dev/v1alpha1
kind: Fault
name: wrong-split
title: Wrong
patches:
  - apiVersion: networking.istio.io/v1
    kind: VirtualService
    name: cart
    type: json
    patch: [{ op: replace, path: /spec/http/0/route/0/weight, value: 85 }]
  - apiVersion: v1
    kind: Service
    name: cart
    namespace: other
    type: merge
    patch: { spec: { selector: { version: null } } }
`;

describe('parseFault', () => {
  it('reads both kinds of patch and fills in namespace and suspension', () => {
    expect(parseFault(JSON_FAULT, 'faults/wrong-split.yaml', 'shop')).toEqual({
      name: 'wrong-split',
      title: 'Wrong',
      suspendAutoSync: true,
      apply: [],
      commit: undefined,
      patches: [
        {
          apiVersion: 'networking.istio.io/v1',
          kind: 'VirtualService',
          name: 'cart',
          namespace: 'shop',
          type: 'json',
          patch: [{ op: 'replace', path: '/spec/http/0/route/0/weight', value: 85 }],
        },
        {
          apiVersion: 'v1',
          kind: 'Service',
          name: 'cart',
          namespace: 'other',
          type: 'merge',
          patch: { spec: { selector: { version: null } } },
        },
      ],
    });
  });

  it('reads objects to apply and weights to commit, with their namespace', () => {
    const text = [
      ...JSON_FAULT.split('\n').slice(0, 4),
      'apply:',
      '  - { apiVersion: networking.istio.io/v1alpha3, kind: EnvoyFilter, metadata: { name: odd }, spec: { priority: 1 } }',
      'commit: { virtualService: { name: cart }, weights: { v1: 70, v2: 30 } }',
    ].join('\n');
    expect(parseFault(text, 'faults/wrong-split.yaml', 'shop')).toMatchObject({
      apply: [{ kind: 'EnvoyFilter', metadata: { name: 'odd', namespace: 'shop' }, spec: { priority: 1 } }],
      patches: [],
      commit: { virtualService: { name: 'cart', namespace: 'shop' }, weights: { v1: 70, v2: 30 } },
    });
  });

  it('must do something', () => {
    const text = JSON_FAULT.split('\n').slice(0, 4).join('\n');
    expect(() => parseFault(text, 'faults/wrong-split.yaml', 'shop')).toThrow(
      /at least one of apply, patches, commit, controller and rollback/,
    );
  });

  it('rolls back only what does not sync by itself', () => {
    const text = (suspend: boolean) =>
      stringify({
        ...{ apiVersion: 'canaryproof.dev/v1alpha1', kind: 'Fault', name: 'rolled-back', title: 'rolled back' },
        suspendAutoSync: suspend,
        rollback: { without: { apiVersion: 'networking.istio.io/v1', kind: 'Sidecar', name: 'cart' } },
      });
    expect(parseFault(text(true), 'faults/rolled-back.yaml', 'shop').rollback).toEqual({
      without: { apiVersion: 'networking.istio.io/v1', kind: 'Sidecar', name: 'cart', namespace: 'shop' },
    });
    expect(() => parseFault(text(false), 'faults/rolled-back.yaml', 'shop')).toThrow(/suspendAutoSync.* must be on/);
  });

  it.each([
    ['FAULT_NAME', 3, 7, JSON_FAULT.replace('wrong-split', 'other-name')],
    ['FAULT_YAML_SYNTAX', 4, 8, JSON_FAULT.replace('title: Wrong', 'title: *nobody')],
    ['FAULT_KIND', 2, 7, JSON_FAULT.replace('Fault', 'Profile')],
    ['FAULT_API_VERSION', 1, 13, JSON_FAULT.replace('v1alpha1', 'v9')],
    [
      'FAULT_UNKNOWN_FIELD',
      4,
      1,
      JSON_FAULT.replace('title:', 'titel:').replace('name: wrong-split', 'name: wrong-split\ntitle: x'),
    ],
    ['FAULT_MISSING_FIELD', 1, 1, JSON_FAULT.replace('title: Wrong\n', '')],
    ['FAULT_INVALID', 10, 19, JSON_FAULT.replace('op: replace', 'op: replase')],
    ['FAULT_INVALID', 9, 11, JSON_FAULT.replace('type: json', 'type: strategic')],
    ['FAULT_INVALID', 10, 34, JSON_FAULT.replace('/spec', 'spec')],
    ['FAULT_EMPTY', 1, 1, ''],
  ])('refuses with %s at %i:%i', (code, line, column, text) => {
    const position = {
      path: 'faults/wrong-split.yaml',
      line: code === 'FAULT_UNKNOWN_FIELD' ? line + 1 : line,
      column,
    };
    let caught: unknown;
    try {
      parseFault(text, 'faults/wrong-split.yaml', 'shop');
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(DocumentError);
    expect((caught as DocumentError).problems.map(({ code, position }) => ({ code, position }))).toContainEqual({
      code,
      position,
    });
  });
});

describe('loadFault', () => {
  let directory: string;
  const profile = () => ({ directory, name: 'shop', namespaces: [{ name: 'shop', istioInjection: true }] as const });

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'canaryproof-faults-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it('loads by name', async () => {
    await mkdir(path.join(directory, 'faults'));
    await writeFile(path.join(directory, 'faults/wrong-split.yaml'), JSON_FAULT);
    await writeFile(path.join(directory, 'faults/README.md'), 'not a fault');
    expect(await listFaults(profile())).toEqual(['wrong-split']);
    expect(await loadFault(profile(), 'wrong-split')).toMatchObject({
      patches: [{ namespace: 'shop' }, { namespace: 'other' }],
    });
    await expect(loadFault(profile(), 'wrong-splits')).rejects.toMatchObject({
      code: 'FAULT_UNKNOWN',
      exitCode: 2,
      message: "profile shop has no fault 'wrong-splits'; did you mean 'wrong-split'?",
      hint: 'Known faults: wrong-split.',
    });
    await expect(loadFault(profile(), '../faults/wrong-split')).rejects.toMatchObject({ code: 'FAULT_UNKNOWN' });
  });

  it('says when a profile has none', async () => {
    expect(await listFaults(profile())).toEqual([]);
    await expect(loadFault(profile(), 'any')).rejects.toMatchObject({
      code: 'FAULT_UNKNOWN',
      hint: 'It has no faults folder.',
    });
  });
});
