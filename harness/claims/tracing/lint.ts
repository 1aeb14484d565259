/** What can be said of a tracing claim before anything runs: whether Git declares a share at all. */
import type { NamedRef } from '../../documents/references.ts';
import { manifestFinding } from '../../lint/claim-finding.ts';
import type { Finding } from '../../lint/manifest-set.ts';
import type { LintContext } from '../claim-kind.ts';
import { declaredSampling } from './declared-sampling.ts';

/** TRACING_UNDECLARED. Which providers the mesh knows is not in a profile's repository. */
export function lintTracing(
  { telemetry, home }: { readonly telemetry: NamedRef; readonly home: string },
  { files, where }: LintContext,
): readonly Finding[] {
  try {
    declaredSampling(files, home, telemetry);
    return [];
  } catch (error) {
    return [manifestFinding(error, where)];
  }
}
