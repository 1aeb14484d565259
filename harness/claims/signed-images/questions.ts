/**
 * What the API server is asked: whatever Git declares, as it is, and the same pods with an image of the run in them. Pure.
 *
 * An image without a signature takes the place of the first container's; and, asked apart, comes in a second container and in
 * an init container beside what is signed, because a rule that looks at the first alone would do for the first.
 */

import { beside, ownObject, podOf } from '../../kyverno/asked-objects.ts';
import { REGISTRY_HOST } from '../../kyverno/declared-images.ts';
import type { Container, DeclaredWorkload } from '../../kyverno/declared-workloads.ts';
import type { Question } from '../../kyverno/question.ts';
import { asList, nameOf } from '../../lint/manifest-set.ts';
import type { SignedImagesClaim } from './signed-images-claim.ts';

export type About = 'declared' | 'signed' | 'unsigned' | 'another-key' | 'moved' | 'elsewhere';

export interface ImageQuestion extends Question {
  readonly about: About;
  readonly expects: 'admitted' | 'refused';
  /** The image that the answer is about; undefined: those that Git declares. */
  readonly image: string | undefined;
}

/** Images that the judge pushes; `movable` is signed first, and no longer when it is asked for again. */
export const trialImages = (tag: string) => ({
  signed: `${REGISTRY_HOST}/canaryproof-asks/signed:${tag}`,
  unsigned: `${REGISTRY_HOST}/canaryproof-asks/unsigned:${tag}`,
  anotherKey: `${REGISTRY_HOST}/canaryproof-asks/another-key:${tag}`,
  movable: `${REGISTRY_HOST}/canaryproof-asks/movable:${tag}`,
  /** A registry that is nowhere (RFC 2606): who lets it through has not looked at it. */
  elsewhere: `registry.invalid/canaryproof-asks/elsewhere:${tag}`,
});

export function questionsAbout(
  workloads: readonly DeclaredWorkload[],
  { otherRegistries }: Pick<SignedImagesClaim, 'otherRegistries'>,
  tag: string,
): readonly ImageQuestion[] {
  const { signed, unsigned, anotherKey, movable, elsewhere } = trialImages(tag);
  return workloads.flatMap((workload): ImageQuestion[] => {
    const name = nameOf(workload.object);
    const { containers, initContainers } = workload.template.spec;
    const [first] = containers;
    const declared = { about: 'declared', expects: 'admitted', image: undefined } as const;
    const own: ImageQuestion[] = [
      // a Pod is its own template
      ...(workload.path.length > 0 ? [{ ...declared, what: name, object: ownObject(workload) }] : []),
      { ...declared, what: `the pod of ${name}`, object: podOf(workload, containers) },
    ];
    if (!first) return own;
    const init = [...asList(initContainers), { ...beside(first), image: unsigned }] as readonly Container[];
    return [
      ...own,
      withImage(workload, signed, 'with a signed image', { about: 'signed', expects: 'admitted' }),
      withImage(workload, movable, 'with a signed image whose tag will be moved', {
        ...{ about: 'signed', expects: 'admitted' },
      }),
      withImage(workload, unsigned, 'with an unsigned image', { about: 'unsigned', expects: 'refused' }),
      {
        ...{ about: 'unsigned', expects: 'refused', image: unsigned },
        what: `the pod of ${name} with a second container of an unsigned image`,
        object: podOf(workload, [...containers, { ...beside(first), image: unsigned }]),
      },
      {
        ...{ about: 'unsigned', expects: 'refused', image: unsigned },
        what: `the pod of ${name} with an init container of an unsigned image`,
        object: podOf(workload, containers, init),
      },
      withImage(workload, anotherKey, 'with an image that another key signed', {
        ...{ about: 'another-key', expects: 'refused' },
      }),
      withImage(workload, elsewhere, 'with an image from another registry', {
        ...{ about: 'elsewhere', expects: otherRegistries },
      }),
    ];
  });
}

/** To be asked when the tag leads to an image that nobody signed. */
export function movedQuestions(workloads: readonly DeclaredWorkload[], tag: string): readonly ImageQuestion[] {
  return workloads.map((workload) =>
    withImage(
      workload,
      trialImages(tag).movable,
      'with an image whose tag was moved from a signed one to an unsigned one',
      {
        ...{ about: 'moved', expects: 'refused' },
      },
    ),
  );
}

function withImage(
  workload: DeclaredWorkload,
  image: string,
  how: string,
  asked: Pick<ImageQuestion, 'about' | 'expects'>,
): ImageQuestion {
  const [first, ...others] = workload.template.spec.containers;
  return {
    ...{ ...asked, image },
    what: `the pod of ${nameOf(workload.object)} ${how}`,
    object: podOf(workload, first ? [{ ...first, image }, ...others] : []),
  };
}
