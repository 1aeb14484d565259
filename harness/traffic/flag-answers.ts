/** What an answer says of a feature flag: the stand-ins mark it in the chain of hops. */
import { HOPS_HEADER } from '../../k8s/workload/hops.ts';
import type { Identify } from '../ports/identify.ts';

export { type FlagState, flagReader } from '../../k8s/workload/hops.ts';

/** Only a chain of hops says what came of a flag. */
export const FLAG_IDENTIFY: Identify = { kind: 'header', name: HOPS_HEADER };
