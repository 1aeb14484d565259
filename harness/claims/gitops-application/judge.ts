/**
 * Claim kind `gitops-application`: Synced and Healthy at the pushed revision; a deleted object returns as a new one; a
 * weight changed by hand is healed; an object removed from Git goes, and returns when the commit is reverted.
 */

import { seconds } from '../../documents/figures.ts';
import { withoutObject } from '../../profile/edit-manifests.ts';
import { APPLICATIONS, applicationStatus, isAutomated, isSyncedAndHealthy } from '../../scene/application.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { isKept } from '../../scene/environments-fault.ts';
import { subjectKeeps } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import { routeWeights, splitRouteOf } from '../../scene/split-route.ts';
import type { GitopsApplicationClaim } from './declaration.ts';

interface Part {
  readonly label: string;
  readonly met: boolean;
  readonly value: string;
}

export async function judgeApplication(claim: GitopsApplicationClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const parts: Part[] = [await syncedPart(scene), await automatedPart(scene)];
  // with automated sync off nothing below can happen, and waiting for it would only cost minutes
  if (parts.every((part) => part.met)) await addReconciliationParts(parts, claim, scene);
  const broken = parts.filter((part) => !part.met);
  const sentence =
    broken.length === 0
      ? `${parts.map((part) => `${part.label} ${part.value}`).join('; ')}.`
      : `${broken.map((part) => `${part.label}: ${part.value}`).join('; ')}.`;
  return {
    claim: {
      id: claim.id,
      title: claim.title,
      outcome: broken.length === 0 ? 'passed' : 'failed',
      sentence,
      details: parts.map(({ label, value }) => ({ label, value })),
      durationMs: scene.now() - startedAt,
    },
    findings: broken.map((part) => ({
      code: 'GITOPS_NOT_RECONCILED',
      layer: 'api',
      severity: 'error',
      sentence: `${part.label}: ${part.value}`,
      where: `Application ${scene.application.namespace}/${scene.application.name}`,
      hint: 'Look at syncPolicy.automated (selfHeal, prune) of the Application and at its status.operationState.',
    })),
  };
}

async function addReconciliationParts(parts: Part[], claim: GitopsApplicationClaim, scene: Scene): Promise<void> {
  // one after the other: side by side they would blame each other's sync operations
  parts.push(await deletedObjectPart(claim, scene));
  parts.push(await driftPart(claim, scene));
  parts.push(...(await prunedPart(claim, scene)));
}

async function automatedPart(scene: Scene): Promise<Part> {
  const application = await scene.client.get(
    { ...APPLICATIONS, namespace: scene.application.namespace },
    scene.application.name,
  );
  const met = isAutomated(application);
  return {
    label: 'automated sync',
    met,
    value: met ? 'is on' : 'is switched off in the live Application, so nothing heals or prunes',
  };
}

async function syncedPart(scene: Scene): Promise<Part> {
  const head = scene.source.repository.commits.at(-1)?.sha ?? '';
  const application = await scene.client.get(
    { ...APPLICATIONS, namespace: scene.application.namespace },
    scene.application.name,
  );
  const { sync, health } = applicationStatus(application);
  return {
    label: 'Application',
    met: isSyncedAndHealthy(application, head),
    value: `${sync?.status ?? 'not compared'} and ${health?.status ?? 'of unknown health'} at ${(sync?.revision ?? '').slice(0, 12)}`,
  };
}

async function deletedObjectPart(claim: GitopsApplicationClaim, scene: Scene): Promise<Part> {
  const { client, profile, signal, recorder } = scene;
  const ref = claim.deleteObject;
  const collection = await client.locate(ref);
  const label = `deleted ${ref.kind} ${ref.name} returns`;
  const before = await client.get(collection, ref.name);
  if (!before) return { label, met: false, value: 'it was not there to be deleted' };
  await client.delete(collection, ref.name);
  const deletedAt = scene.now();
  recorder.event('harness', `deleted ${ref.kind} ${ref.name}`);
  const returned = await isKept(
    scene,
    client.waitFor(
      collection,
      ref.name,
      (object) => object !== undefined && object.metadata.uid !== before.metadata.uid,
      subjectKeeps({
        timeoutMs: profile.budgets.objectReturnsMs,
        what: `${ref.kind} ${ref.name} to return`,
        signal,
      }),
    ),
  );
  if (returned) recorder.event('Argo CD', `${ref.kind} ${ref.name} returned`);
  return {
    label,
    met: returned,
    value: returned
      ? `after ${seconds(scene.now() - deletedAt)}`
      : `not within ${seconds(profile.budgets.objectReturnsMs)}`,
  };
}

async function driftPart(claim: GitopsApplicationClaim, scene: Scene): Promise<Part> {
  const { client, profile, signal, recorder } = scene;
  const { virtualService } = claim.drift.split;
  const collection = {
    apiVersion: 'networking.istio.io/v1',
    resource: 'virtualservices',
    namespace: virtualService.namespace,
  };
  const label = `hand-written weights of ${virtualService.name} are healed`;
  const object = await client.get(collection, virtualService.name);
  if (!object) return { label, met: false, value: 'the VirtualService is not there' };
  const declared = JSON.stringify(routeWeights(object));
  const { index: place, weights } = splitRouteOf(object) ?? { index: 0, weights: {} };
  const patch = Object.keys(weights).map((subset, index) => ({
    op: 'add',
    path: `/spec/http/${place}/route/${index}/weight`,
    value: claim.drift.weights[subset] ?? 0,
  }));
  const written = await client.patch(collection, virtualService.name, 'json', patch);
  const patchedAt = scene.now();
  const healed = await isKept(
    scene,
    client.waitFor(
      collection,
      virtualService.name,
      (current) =>
        current !== undefined &&
        current.metadata.resourceVersion !== written.metadata.resourceVersion &&
        JSON.stringify(routeWeights(current)) === declared,
      subjectKeeps({
        timeoutMs: profile.budgets.driftHealedMs,
        what: `the weights of ${virtualService.name} to be healed`,
        signal,
      }),
    ),
  );
  recorder.event('harness', `weights of ${virtualService.name} changed by hand`, healed ? 'healed' : 'not healed');
  return {
    label,
    met: healed,
    value: healed
      ? `after ${seconds(scene.now() - patchedAt)}`
      : `not within ${seconds(profile.budgets.driftHealedMs)}`,
  };
}

async function prunedPart(claim: GitopsApplicationClaim, scene: Scene): Promise<Part[]> {
  const { client, profile, signal, recorder, source } = scene;
  const ref = claim.removeFromGit;
  const collection = await client.locate(ref);
  const timeoutMs = profile.budgets.removedObjectGoneMs;
  const before = source.files;
  const removed = await source.commit(withoutObject(before, ref), `Remove ${ref.kind} ${ref.name}`);
  const what = `${ref.kind} ${ref.name}`;
  const gone = await isKept(
    scene,
    client.waitFor(
      collection,
      ref.name,
      (object) => object === undefined,
      subjectKeeps({ timeoutMs, what: `${what} to go`, signal }),
    ),
  );
  const goneAt = scene.now();
  if (gone) recorder.event('Argo CD', `${what} pruned`);
  const reverted = await source.commit(before, `Revert: remove ${ref.kind} ${ref.name}`);
  const back = await isKept(
    scene,
    client.waitFor(
      collection,
      ref.name,
      (object) => object !== undefined,
      subjectKeeps({ timeoutMs, what: `${what} to return`, signal }),
    ),
  );
  if (back) recorder.event('Argo CD', `${what} returned by the revert`);
  const took = (met: boolean, from: number, to: number) =>
    met ? `after ${seconds(to - from)}` : `not within ${seconds(timeoutMs)}`;
  return [
    { label: `${what} removed from Git goes`, met: gone, value: took(gone, removed.pushedAt, goneAt) },
    { label: `${what} returns with the revert`, met: back, value: took(back, reverted.pushedAt, scene.now()) },
  ];
}
