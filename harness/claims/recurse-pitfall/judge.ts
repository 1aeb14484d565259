/**
 * Claim kind `recurse-pitfall`: with `directory.recurse` off Argo CD reports Synced and applies nothing below the root.
 * A trial Application shows it on the real controller; the harness must notice, by comparing Git with the cluster, and
 * must find nothing missing for the real Application.
 */
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { applicationObject } from '../../delivery/deploy-profile.ts';
import { environmentError } from '../../errors/harness-error.ts';
import type { RepositoryFile } from '../../profile/collect-repository.ts';
import { withoutDirectoryRecurse } from '../../profile/edit-manifests.ts';
import { APPLICATIONS, applicationStatus } from '../../scene/application.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { isKept } from '../../scene/environments-fault.ts';
import { subjectKeeps } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import type { RecursePitfallClaim } from './declaration.ts';

export interface DeclaredObject {
  readonly path: string;
  readonly kind: string;
  readonly name: string;
}

/** Every object that the repository's manifests declare, the Applications themselves left out. */
export function declaredObjects(files: readonly RepositoryFile[], applicationPath: string): DeclaredObject[] {
  return files
    .filter((file) => /\.ya?ml$/.test(file.path) && file.path !== applicationPath)
    .flatMap((file) =>
      parseAllDocuments(file.text)
        .map((document) => document.toJS() as KubeObject | null)
        // kustomization.yaml and values files have a kind or a name, not both
        .filter((object): object is KubeObject => object?.kind !== undefined && object.metadata?.name !== undefined)
        .map((object) => ({ path: file.path, kind: object.kind ?? '', name: object.metadata.name })),
    );
}

/** Declared objects that an Application does not manage, by its own status. */
export function unmanagedObjects(
  declared: readonly DeclaredObject[],
  application: KubeObject | undefined,
): DeclaredObject[] {
  const managed = new Set((applicationStatus(application).resources ?? []).map(({ kind, name }) => `${kind}/${name}`));
  return declared.filter(({ kind, name }) => !managed.has(`${kind}/${name}`));
}

export async function judgeRecurse(claim: RecursePitfallClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const { client, profile, source, application, signal } = scene;
  const applications = { ...APPLICATIONS, namespace: application.namespace };
  const declared = declaredObjects(source.files, profile.source.application);
  const missing = unmanagedObjects(declared, await client.get(applications, application.name));

  const name = claim.trialApplication ?? `${application.name}-no-recurse`;
  const trial = trialApplication(scene, name);
  await client.apply([trial]);
  try {
    const synced = await isKept(
      scene,
      client.waitFor(
        applications,
        name,
        (object) => applicationStatus(object).sync?.status === 'Synced',
        subjectKeeps({
          timeoutMs: profile.budgets.applicationSyncedMs,
          what: `Application ${name} to be Synced`,
          signal,
        }),
      ),
    );
    const tried = await client.get(applications, name);
    // one that is not there manages nothing, either
    if (tried === undefined)
      throw environmentError('TRIAL_GONE', `Application ${name} of the trial is there no more`, {
        where: `Application ${application.namespace}/${name}`,
        hint: 'Somebody deleted it: run again.',
      });
    const ignored = unmanagedObjects(declared, tried);
    const files = [...new Set(ignored.map((object) => object.path))];
    const caught = synced && ignored.length === declared.length && declared.length > 0;
    const passed = caught && missing.length === 0;
    const said = synced ? 'Synced' : 'not Synced';
    const sentence = passed
      ? `With recurse off Argo CD says ${said} while ${ignored.length} of ${declared.length} objects in ${files.join(', ')} are ignored: noticed. With recurse on all ${declared.length} are managed.`
      : missing.length > 0
        ? `${application.name} does not manage ${missing.map((m) => `${m.kind} ${m.name} (${m.path})`).join(', ')}.`
        : `With recurse off Argo CD is ${said} and ignores ${ignored.length} of ${declared.length} objects; all were expected to be ignored.`;
    return {
      claim: {
        id: claim.id,
        title: claim.title,
        outcome: passed ? 'passed' : 'failed',
        sentence,
        details: ignored.map((object) => ({
          label: object.path,
          value: `${object.kind} ${object.name} ignored with recurse off`,
        })),
        durationMs: scene.now() - startedAt,
      },
      findings: missing.map((object) => ({
        code: 'GITOPS_MANIFEST_IGNORED',
        layer: 'git',
        severity: 'error',
        sentence: `${object.kind} ${object.name} is in Git, but ${application.name} does not manage it although it is Synced.`,
        where: object.path,
        hint: 'Set spec.source.directory.recurse: true, or name the folder in spec.source.path.',
      })),
    };
  } finally {
    await client.delete(applications, name);
  }
}

/** The profile's own Application, not recursing, into the same namespace: it manages nothing, so it can touch nothing. */
function trialApplication(scene: Scene, name: string): KubeObject {
  const files = scene.source.files.map((file) =>
    file.path === scene.profile.source.application ? withoutDirectoryRecurse(file) : file,
  );
  const object = applicationObject(files, scene.profile.source.application);
  const spec = { ...object.spec, syncPolicy: { automated: { prune: false, selfHeal: true } } };
  return { ...object, spec, metadata: { name, namespace: scene.application.namespace } };
}
