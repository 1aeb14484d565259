/** What `conform` is asked. */

import type { RunReport } from '../../reports/model/run-report.ts';
import type { Assurance } from '../documents/assurance.ts';
import type { Fault } from '../profile/faults.ts';
import type { Profile } from '../profile/profile.ts';

export interface ConformInput {
  readonly profile: Profile;
  /** Claims of the profile that nobody asked for. */
  readonly claimsLeftOut: readonly string[];
  readonly clusterName: string;
  readonly componentVersions: Readonly<Record<string, string>>;
  readonly assurance: Assurance;
  /** One is in place before every claim; of several, each in turn before the split claims alone. */
  readonly faults: readonly Fault[];
  readonly ratePerSecond: number | undefined;
  readonly cleanup: 'always' | 'on-success' | 'never';
  readonly runsDirectory: string;
  readonly command: readonly string[];
  readonly reproduce: string;
  readonly host: RunReport['run']['host'];
}
