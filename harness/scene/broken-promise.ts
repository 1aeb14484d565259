/** A promise that the subject did not keep, as the result of the claim that is about it. Pure. */
import { findingOf } from '../../reports/model/finding-of.ts';
import { onEvidence } from '../verdict/combine.ts';
import type { ClaimResult } from './claim-result.ts';
import { evidenceFirst } from './evidence-first.ts';
import type { PromiseNotKept } from './promise.ts';

/** `failed`; `invalid` where the books of the traffic that saw it are bad. */
export function brokenPromise(
  { id, title }: { readonly id: string; readonly title: string },
  error: PromiseNotKept,
  durationMs: number,
): ClaimResult {
  const { traffic, blamed, message, waitedMs } = error;
  const sentence = [
    `A promise was not kept: ${message}.`,
    ...(traffic ? [traffic.sentence] : []),
    ...(blamed ? [blamed.sentence] : []),
  ].join(' ');
  return evidenceFirst({
    claim: {
      id,
      title,
      outcome: onEvidence('failed', traffic?.books.outcome ?? 'passed'),
      sentence,
      details: [
        { label: 'promised', value: error.what },
        { label: 'waited', value: `${waitedMs / 1000} s` },
        { label: 'seen instead', value: error.instead },
        ...(traffic ? [{ label: 'by traffic', value: traffic.sentence }] : []),
      ],
      durationMs,
    },
    // what follows from a layer that parts is counted, not repeated
    findings: [blamed ?? findingOf(error, error.layer)],
    ...(traffic ? { books: [traffic.books] } : {}),
  });
}
