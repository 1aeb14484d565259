/** Claims about what was found, as the document of a profile has them. Pure. */
import { nameOf } from '../../lint/manifest-set.ts';
import type { RolloutSubject, Subject } from '../subjects.ts';
import type { ClaimDraft, ClaimInput, DerivedClaims } from './claim-draft.ts';
import { mtlsClaims } from './mtls-claim.ts';
import { isOutsideMesh } from './outside-mesh.ts';
import { policyClaims } from './policy-claims.ts';
import { rolloutClaims } from './rollout-claims.ts';
import { splitClaims } from './split-claims.ts';

export function deriveClaims(input: ClaimInput): DerivedClaims {
  const all = input.subjects.map((subject, index) => {
    const isNamesake = input.subjects.some((other) => other !== subject && nameIn(other) === nameIn(subject));
    const space = isNamesake ? `${objectOf(subject).namespace}-` : '';
    const prefix = input.subjects.length > 1 ? `${space}${nameIn(subject)}-` : '';
    const id = (name: string) => `${input.profile}/${prefix}${name}`;
    const part =
      subject.kind === 'rollout' ? rolloutClaims(subject, id, input, index) : splitClaims(subject, id, input);
    return { subject, part };
  });
  const parts = input.realPauses ? all.map(({ part }) => part) : shortOf(all);
  const outside = input.facts.workloads.filter(isOutsideMesh);
  const sidecars: ClaimDraft = {
    id: `${input.profile}/sidecars`,
    title: 'Every pod is ready with its sidecar',
    kind: 'sidecars',
  };
  const own = (name: string) => `${input.profile}/${name}`;
  const policies = [policyClaims(own, input), mtlsClaims(own, input)];
  const claims = [...parts, ...policies].flatMap((part) => part.claims);
  return {
    claims: claims.length > 0 ? [...(outside.length > 0 ? [] : [sidecars]), ...claims] : [],
    unprovable: [
      ...[...parts, ...policies].flatMap((part) => part.unprovable),
      ...outside.map(({ object }) => ({
        what: `${nameOf(object)}: a sidecar for every pod`,
        why: 'its pods are outside of the mesh by their own label or annotation',
      })),
    ],
  };
}

/** A run with short pauses proves one Rollout whole: releases of several, one after the other, take as much longer. */
function shortOf(
  all: readonly { readonly subject: Subject; readonly part: DerivedClaims }[],
): readonly DerivedClaims[] {
  const rollouts = all.filter(({ subject, part }) => subject.kind === 'rollout' && part.claims.length > 0);
  const [main] = rollouts.toSorted((a, b) => b.part.claims.length - a.part.claims.length);
  return all.map(({ subject, part }) =>
    subject.kind !== 'rollout' || subject === main?.subject || part.claims.length === 0
      ? part
      : {
          claims: [],
          unprovable: [
            {
              what: nameOf(subject.rollout),
              why: `a run with short pauses proves one Rollout, ${nameOf((main!.subject as RolloutSubject).rollout)}; --pauses real writes the claims of all`,
            },
          ],
        },
  );
}

function objectOf(subject: Subject) {
  return subject.kind === 'rollout' ? subject.rollout : subject.virtualService;
}

function nameIn(subject: Subject): string {
  return objectOf(subject).name.replaceAll(/[^a-z0-9-]+/g, '-');
}
