/** The part of a fault that makes the controller of a Rollout a bad one. */
import { z } from 'zod';
import { durationText, durationToMs } from '../documents/budgets.ts';
import { namedRef } from '../documents/document-atoms.ts';
import type { NamedRef } from '../documents/references.ts';

const ofRollout = { rollout: namedRef };
export const faultController = z
  .discriminatedUnion('does', [
    z.strictObject({ ...ofRollout, does: z.literal('freeze') }).describe('every weight of a canary is left as it was'),
    z
      .strictObject({ ...ofRollout, does: z.literal('shift'), by: z.int().min(1).max(50) })
      .describe('the canary gets so many percentage points more'),
    z
      .strictObject({ ...ofRollout, does: z.literal('late'), for: durationText })
      .describe('every weight is held back so long'),
    z
      .strictObject({ ...ofRollout, does: z.literal('flip-back'), after: durationText })
      .describe('every weight stands so long, and then the one before it is back'),
  ])
  .describe('what the controller of a Rollout is made to write into its VirtualService, while it believes otherwise');

/** A controller that is known to be bad. */
export interface FaultController {
  readonly rollout: NamedRef;
  readonly misbehaviour:
    | { readonly does: 'freeze' }
    /** Percentage points that the canary gets beside what it should get. */
    | { readonly does: 'shift'; readonly by: number }
    /** How long each weight is held back. */
    | { readonly does: 'late'; readonly ms: number }
    /** How long each weight stands until the one before it is back. */
    | { readonly does: 'flip-back'; readonly ms: number };
}

export function misbehaviourOf(document: z.output<typeof faultController>): FaultController['misbehaviour'] {
  if (document.does === 'freeze') return { does: 'freeze' };
  if (document.does === 'shift') return { does: 'shift', by: document.by };
  const text = document.does === 'late' ? document.for : document.after;
  return { does: document.does, ms: durationToMs(text) ?? 0 };
}
