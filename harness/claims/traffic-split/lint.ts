/** Whether Git declares the split that the claim speaks of. */
import type { SplitClaim } from '../../documents/references.ts';
import { manifestFinding } from '../../lint/claim-finding.ts';
import type { Finding } from '../../lint/manifest-set.ts';
import { readDeclaredSplit } from '../../lint/routes/declared-split.ts';
import type { LintContext } from '../claim-kind.ts';

/** The codes of readDeclaredSplit. */
export function lintSplit({ virtualService }: SplitClaim, { files, home, where }: LintContext): Finding[] {
  try {
    readDeclaredSplit(files, { virtualService, namespace: home, askedAt: where });
    return [];
  } catch (error) {
    return [manifestFinding(error, where)];
  }
}
