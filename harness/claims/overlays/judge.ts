/**
 * Claim kind `overlays`: every overlay renders with Kustomize itself, differs from the others only in what is declared,
 * and its Application syncs as declared: by itself, or only when somebody does it.
 */

import type { KubeObject } from '../../../k8s/client/object.ts';
import { repositoryObject } from '../../delivery/repository-object.ts';
import { environmentError, HarnessError } from '../../errors/harness-error.ts';
import { isAutomated } from '../../scene/application.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import type { OverlaysClaim } from './declaration.ts';
import { differencesBetween, isAllowed, type OverlayDifference, objectsOf } from './overlay-differences.ts';

export async function judgeOverlays(claim: OverlaysClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const { renderKustomization } = scene;
  if (!renderKustomization)
    throw environmentError('RENDERER_MISSING', 'there is no Kustomize to render the overlays with');
  const problems: string[] = [];
  const rendered: { readonly path: string; readonly objects: readonly KubeObject[] }[] = [];
  for (const { path } of claim.overlays)
    try {
      rendered.push({ path, objects: objectsIn(await renderKustomization(path), path) });
    } catch (error) {
      // a program that was ended with the run says nothing about what it rendered
      scene.signal.throwIfAborted();
      if (!(error instanceof HarnessError) || error.code === BROKEN) throw error;
      problems.push(`${path} does not render: ${error.message}`);
    }
  // alike as nothing and nothing are
  for (const { path, objects } of rendered) if (objects.length === 0) problems.push(`${path} renders to no object`);
  const renderings = rendered.map(({ objects }) => objects);
  const differences = problems.length > 0 ? [] : differencesBetween(renderings);
  const undeclared = differences.filter((difference) => !claim.mayDiffer.some((one) => isAllowed(difference, one)));
  problems.push(...undeclared.map((difference) => describe(difference, claim)));
  if (problems.length === 0)
    for (const allowed of claim.mayDiffer)
      if (!differences.some((difference) => isAllowed(difference, allowed)))
        problems.push(`${allowed.kind} ${allowed.path ?? 'as a whole'} may differ, and is the same everywhere`);
  for (const { path, application, approval } of claim.overlays) {
    const manifest = repositoryObject(scene.source.files, application, 'Application');
    const source = (manifest.spec as { source?: { path?: string } } | undefined)?.source?.path;
    if (source !== path) problems.push(`${application} deploys ${source ?? 'nothing'} and not ${path}`);
    if (isAutomated(manifest) !== (approval === 'automatic'))
      problems.push(
        approval === 'manual'
          ? `${application} syncs by itself, so nobody approves anything`
          : `${application} does not sync by itself`,
      );
  }
  const manual = claim.overlays.filter(({ approval }) => approval === 'manual').map(({ path }) => last(path));
  const counts = renderings.map((objects) => objects.length);
  return {
    claim: {
      id: claim.id,
      title: claim.title,
      outcome: problems.length === 0 ? 'passed' : 'failed',
      sentence:
        problems.length === 0
          ? `${claim.overlays.map(({ path }) => last(path)).join(', ')} render to ${[...new Set(counts)].join(' or ')} objects and differ in ${differences.length} fields, all declared; ${manual.join(', ') || 'none'} waits for approval.`
          : `${problems.join('; ')}.`,
      details: differences.map((difference) => ({
        label: `${difference.kind} ${difference.name} ${difference.path ?? ''}`.trim(),
        value: difference.values.map((value) => value ?? 'absent').join(' | '),
      })),
      durationMs: scene.now() - startedAt,
    },
    findings: problems.map((sentence) => ({
      code: 'OVERLAY_UNDECLARED',
      layer: 'git',
      severity: 'error',
      sentence,
      hint: 'Declare it in mayDiffer of the claim, or make the overlays alike.',
    })),
  };
}

const BROKEN = 'RENDERING_BROKEN';

/** @throws HarnessError RENDERING_BROKEN (exit 3) */
function objectsIn(text: string, path: string): readonly KubeObject[] {
  try {
    return objectsOf(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw environmentError(BROKEN, `what Kustomize rendered is no whole YAML: ${why}`, {
      where: path,
      hint: 'It was cut short on its way here; run it again.',
      cause,
    });
  }
}

function describe({ kind, name, path, values }: OverlayDifference, { overlays }: OverlaysClaim): string {
  const said = values.map((value, index) => `${last(overlays[index]?.path ?? '')}: ${value ?? 'absent'}`).join(', ');
  return `${kind} ${name}${path === undefined ? '' : ` ${path}`} differs (${said})`;
}

const last = (path: string) => path.slice(path.lastIndexOf('/') + 1);
