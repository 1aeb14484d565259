/** Claim kind `image`: read off Git alone, as the image itself is another one on every provider. */
import { parseDockerfile } from '../../lint/image/dockerfile.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import type { ImageClaim } from './image-claim.ts';
import { imageFindings } from './image-findings.ts';

/** Lint cannot know the build context, and warns; the claim names it. */
const NOT_THERE = ['DOCKERFILE_SOURCE_MISSING', 'DOCKERFILE_STAGE_MISSING'];

export async function judgeImage(claim: ImageClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const { files } = scene.source;
  const findings = imageFindings(claim, files);
  const wrong = findings.filter(({ severity, code }) => severity === 'error' || NOT_THERE.includes(code));
  const text = files.find(({ path }) => path === claim.dockerfile)?.text ?? '';
  const stages = parseDockerfile(text);
  return {
    claim: {
      ...{ id: claim.id, title: claim.title },
      outcome: wrong.length === 0 ? 'passed' : 'failed',
      sentence:
        wrong.length === 0
          ? `${claim.dockerfile} has ${stages.length} stages, the last on ${stages.at(-1)?.base}, and what it copies from the build context is in ${claim.context}; nothing was built.`
          : `${claim.dockerfile}: ${wrong.map(({ sentence }) => sentence).join('; ')}.`,
      details: [{ label: 'stages', value: stages.map(({ name, base }) => name ?? base).join(', ') || 'none' }],
      durationMs: scene.now() - startedAt,
    },
    findings,
  };
}
