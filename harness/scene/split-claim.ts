/** The split that a claim speaks of, as Git declares it and as verdicts expect it. */
import type { DeclaredSplit } from '../lint/declared-split.ts';
import { readDeclaredSplit } from '../lint/declared-split.ts';
import type { TrafficSplitClaim } from '../profile/profile.ts';
import type { SplitExpectation } from '../verdict/split-judge.ts';
import { ASSURANCE } from '../verdict/split-judge.ts';
import type { Scene } from './scene.ts';

export const LOOK_EVERY = 20;

export function declaredSplit(scene: Scene, claim: TrafficSplitClaim): DeclaredSplit {
  const { name, namespace } = claim.virtualService;
  return readDeclaredSplit(scene.source.files, { virtualService: { name, namespace }, namespace });
}

export function expectationOf(split: Pick<DeclaredSplit, 'arms'>, assurance: keyof typeof ASSURANCE): SplitExpectation {
  const arms = split.arms.map(({ version, share }) => ({ name: version, share }));
  return { arms, ...ASSURANCE[assurance], lookEvery: LOOK_EVERY };
}

export function fullHost(claim: TrafficSplitClaim): string {
  return `${claim.service}.${claim.virtualService.namespace}.svc.cluster.local`;
}
