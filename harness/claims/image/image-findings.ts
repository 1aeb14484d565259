/** What is wrong with the image that a claim speaks of, as far as its repository tells. Pure. */
import { claimFinding } from '../../lint/claim-finding.ts';
import { lineage } from '../../lint/image/build-context.ts';
import { parseDockerfile } from '../../lint/image/dockerfile.ts';
import { dockerfileFindings, modulesFindings } from '../../lint/image/dockerfile-rules.ts';
import type { Finding, ManifestFile } from '../../lint/manifest-set.ts';
import type { ImageClaim } from './image-claim.ts';

/** IMAGE_DOCKERFILE_MISSING, IMAGE_BASE_DIFFERS, IMAGE_NOT_STAGED, and those of the Dockerfile (dockerfile-rules.ts). */
export function imageFindings(claim: ImageClaim, files: readonly ManifestFile[]): readonly Finding[] {
  const file = files.find(({ path }) => path === claim.dockerfile);
  if (!file)
    return [
      {
        ...claimFinding('IMAGE_DOCKERFILE_MISSING', `the repository holds no ${claim.dockerfile}`, claim.id),
        hint: 'Name it relative to the root of the repository.',
      },
    ];
  const below = claim.context === '.' ? '' : `${claim.context.replace(/\/+$/, '')}/`;
  const inside = files.filter(({ path }) => path.startsWith(below));
  const texts = new Map(inside.map(({ path, text }) => [path.slice(below.length), text]));
  const context = { files: [...texts.keys()], read: (path: string) => texts.get(path) };
  return [
    ...dockerfileFindings(file.path, file.text, context),
    ...modulesFindings(below, context),
    ...stageFindings(claim, file),
  ];
}

function stageFindings({ base, stages: least }: ImageClaim, { path, text }: ManifestFile): readonly Finding[] {
  const stages = parseDockerfile(text);
  const last = stages.at(-1);
  if (!last) return [claimFinding('IMAGE_NOT_STAGED', 'there is no FROM in it', `${path}:1:1`)];
  const [origin = last] = lineage(last, stages);
  const copies = last.instructions.some(({ name, flags }) => name === 'COPY' && flags.from !== undefined);
  const staged = stages.length >= least && (least === 1 || copies);
  return [
    ...(matches(origin.base, base)
      ? []
      : [
          {
            ...claimFinding(
              'IMAGE_BASE_DIFFERS',
              `the last stage is built on ${origin.base}, not on ${base}`,
              `${path}:${origin.line}:1`,
            ),
            hint: 'What the last stage is built on is what runs.',
          },
        ]),
    ...(staged
      ? []
      : [
          {
            ...claimFinding(
              'IMAGE_NOT_STAGED',
              stages.length < least
                ? `it has ${stages.length} stage${stages.length === 1 ? '' : 's'} of at least ${least}`
                : 'the last stage copies nothing from an earlier one',
              `${path}:${last.line}:1`,
            ),
            hint: 'Build in a stage of its own and copy what it made: COPY --from=build.',
          },
        ]),
  ];
}

/** Whole text, a star for any part of it. */
function matches(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  const last = rest.pop() ?? '';
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
