/** Findings about a claim: what it says of manifests that do not say it. */
import { findingOf } from '../../reports/model/finding-of.ts';
import { HarnessError } from '../errors/harness-error.ts';
import type { Finding } from './manifest-set.ts';

export function claimFinding(code: string, sentence: string, where: string): Finding {
  return { code, layer: 'manifest', severity: 'error', sentence, where };
}

/** What reading manifests threw; a bug is no finding and passes through. */
export function manifestFinding(error: unknown, where: string): Finding {
  if (!(error instanceof HarnessError)) throw error;
  return findingOf(error, 'manifest', where);
}
