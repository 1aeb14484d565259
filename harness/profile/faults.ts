/**
 * Faults: wrong states that the harness can be asked to make in the cluster behind Git's back, to prove that it notices
 * them. One document `kind: Fault` per file in `<profile>/faults/<name>.yaml`.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { checkDocument } from '../documents/check-document.ts';
import { dnsLabel, insidePath, objectRef } from '../documents/document-atoms.ts';
import { DocumentError } from '../documents/document-error.ts';
import type { DocumentKind } from '../documents/document-kind.ts';
import { nearestName } from '../documents/nearest-name.ts';
import type { ObjectRef, Weights } from '../documents/references.ts';
import { usageError } from '../errors/harness-error.ts';
import type { TextEdit } from './edit-text.ts';
import { type FaultController, faultController, misbehaviourOf } from './fault-controller.ts';
import type { Profile } from './profile.ts';
import { PROFILE_API_VERSION } from './profile-document.ts';

const pointer = z.string().regex(/^(\/[^/]*)*$/, 'must be a JSON Pointer, such as /spec/http/0/route/0/weight');
/** RFC 6902. */
const jsonOperation = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('add'), path: pointer, value: z.json() }),
  z.strictObject({ op: z.literal('remove'), path: pointer }),
  z.strictObject({ op: z.literal('replace'), path: pointer, value: z.json() }),
  z.strictObject({ op: z.literal('test'), path: pointer, value: z.json() }),
]);
const target = objectRef.shape;
const faultPatch = z.discriminatedUnion('type', [
  z.strictObject({
    ...target,
    type: z.literal('json'),
    patch: z.array(jsonOperation).min(1, 'must hold an operation'),
  }),
  z.strictObject({ ...target, type: z.literal('merge'), patch: z.record(z.string(), z.json()) }),
]);

const faultObject = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: z.looseObject({ name: dnsLabel, namespace: dnsLabel.optional() }),
});
const faultCommit = z
  .strictObject({
    virtualService: z.strictObject({ name: dnsLabel, namespace: dnsLabel.optional() }).optional(),
    weights: z.record(z.string(), z.int().min(0).max(100)).optional(),
    file: insidePath.optional().describe('file in Git that is edited, such as a template of a chart'),
    edits: z
      .array(z.strictObject({ find: z.string().min(1), replace: z.string() }))
      .min(1)
      .optional()
      .describe('texts that stand in it once'),
  })
  .refine(
    ({ virtualService, weights, file, edits }) =>
      (virtualService === undefined) === (weights === undefined) &&
      (file === undefined) === (edits === undefined) &&
      (weights === undefined) !== (edits === undefined),
    { error: 'must hold virtualService and weights, or file and edits' },
  );
const faultRollback = z.strictObject({
  without: z.strictObject(target).describe('object that Git loses by the commit that Argo CD is rolled back from'),
});

export const faultDocumentSchema = z
  .strictObject({
    apiVersion: z.literal(PROFILE_API_VERSION),
    kind: z.literal('Fault'),
    name: dnsLabel,
    title: z.string().trim().min(1, 'must not be empty'),
    suspendAutoSync: z.boolean().default(true).describe('switch off automated sync first, else the change is healed'),
    apply: z
      .array(faultObject)
      .default([])
      .describe('objects that nobody declared, such as an EnvoyFilter; applied before anything is patched'),
    patches: z.array(faultPatch).default([]),
    commit: faultCommit
      .optional()
      .describe('what is committed to Git when everything else of the fault is in place: weights, or edits of a file'),
    controller: faultController.optional(),
    rollback: faultRollback
      .optional()
      .describe('Argo CD goes back behind a commit that it has deployed, and Git does not; needs suspendAutoSync'),
  })
  .refine(
    ({ apply, patches, commit, controller, rollback }) =>
      apply.length + patches.length > 0 || commit !== undefined || controller !== undefined || rollback !== undefined,
    { error: 'must hold at least one of apply, patches, commit, controller and rollback' },
  )
  .refine(({ rollback, suspendAutoSync }) => rollback === undefined || suspendAutoSync, {
    error: 'must be on: Argo CD refuses to roll back what syncs by itself',
    path: ['suspendAutoSync'],
  })
  .meta({ title: 'canaryproof Fault', id: `${PROFILE_API_VERSION}/Fault` });

type FaultDocument = z.output<typeof faultDocumentSchema>;
type PatchDocument = FaultDocument['patches'][number];
export type FaultPatch = ObjectRef &
  (
    | Pick<Extract<PatchDocument, { type: 'json' }>, 'type' | 'patch'>
    | Pick<Extract<PatchDocument, { type: 'merge' }>, 'type' | 'patch'>
  );

export interface FaultObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly [field: string]: unknown;
}

export type FaultCommit =
  | { readonly virtualService: { readonly name: string; readonly namespace: string }; readonly weights: Weights }
  | { readonly file: string; readonly edits: readonly TextEdit[] };

export interface Fault {
  readonly name: string;
  readonly title: string;
  readonly suspendAutoSync: boolean;
  /** Whole objects, with their namespace. */
  readonly apply: readonly FaultObject[];
  readonly patches: readonly FaultPatch[];
  readonly commit: FaultCommit | undefined;
  readonly controller: FaultController | undefined;
  readonly rollback: { readonly without: ObjectRef } | undefined;
}

const FAULT_KIND: DocumentKind<typeof faultDocumentSchema> = {
  prefix: 'FAULT',
  apiVersion: PROFILE_API_VERSION,
  kind: 'Fault',
  schema: faultDocumentSchema,
};

/** @throws DocumentError (exit 2) FAULT_YAML_SYNTAX, FAULT_UNKNOWN_FIELD …, FAULT_NAME when file and name disagree. */
export function parseFault(text: string, file: string, defaultNamespace: string): Fault {
  const { value, source } = checkDocument(FAULT_KIND, file, text);
  const expected = path.basename(file, path.extname(file));
  if (value.name !== expected)
    throw new DocumentError('FAULT', [
      {
        code: 'FAULT_NAME',
        sentence: `the fault '${value.name}' must be in a file of that name, not in ${path.basename(file)}`,
        position: source.positionOf(['name']),
      },
    ]);
  const { name, title, suspendAutoSync } = value;
  const inNamespace = <Ref extends { namespace?: string | undefined }>(ref: Ref) => ({
    ...ref,
    namespace: ref.namespace ?? defaultNamespace,
  });
  const { virtualService, weights, file: edited, edits } = value.commit ?? {};
  const ofWeights = virtualService && weights && { virtualService: inNamespace(virtualService), weights };
  const commit: FaultCommit | undefined = edited && edits ? { file: edited, edits } : ofWeights;
  const controller = value.controller && {
    rollout: inNamespace(value.controller.rollout),
    misbehaviour: misbehaviourOf(value.controller),
  };
  const rollback = value.rollback && { without: inNamespace(value.rollback.without) };
  return {
    ...{ name, title, suspendAutoSync, commit, controller, rollback },
    apply: value.apply.map((object) => ({
      ...object,
      metadata: { ...object.metadata, ...inNamespace({ namespace: object.metadata.namespace }) },
    })),
    patches: value.patches.map(inNamespace),
  };
}

/** Names of the faults that a profile offers, sorted; empty when it has no folder of them. */
export async function listFaults(profile: Pick<Profile, 'directory'>): Promise<readonly string[]> {
  try {
    const names = await readdir(faultsFolder(profile));
    return names
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => path.basename(name, '.yaml'))
      .sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** @throws HarnessError (exit 2) FAULT_UNKNOWN, naming the known ones; DocumentError as parseFault. */
export async function loadFault(
  profile: Pick<Profile, 'directory' | 'name' | 'namespaces'>,
  name: string,
): Promise<Fault> {
  const known = await listFaults(profile);
  if (!known.includes(name)) {
    const near = nearestName(name, known);
    throw usageError(
      'FAULT_UNKNOWN',
      `profile ${profile.name} has no fault '${name}'${near ? `; did you mean '${near}'?` : ''}`,
      {
        hint: known.length > 0 ? `Known faults: ${known.join(', ')}.` : 'It has no faults folder.',
      },
    );
  }
  const file = path.join(faultsFolder(profile), `${name}.yaml`);
  return parseFault(await readFile(file, 'utf8'), file, profile.namespaces[0].name);
}

function faultsFolder(profile: Pick<Profile, 'directory'>): string {
  return path.join(profile.directory, 'faults');
}
