/** All rules of Istio's routes that look at more than one destination. */
import type { Finding, ManifestSet } from '../manifest-set.ts';
import { delegateFindings } from './delegates.ts';
import { destinationPortFindings } from './destination-ports.ts';
import { destinationRuleFindings } from './destination-rules.ts';
import { gatewayServerFindings } from './gateway-servers.ts';
import { gatewayFindings } from './gateways.ts';
import { hostConflictFindings } from './host-conflicts.ts';
import { meshHostFindings } from './mesh-hosts.ts';
import { mirrorFindings } from './mirrors.ts';
import { outlierFindings } from './outlier-detection.ts';
import { policyFindings } from './policies-without-effect.ts';
import { serviceWithoutPodsFindings } from './services-without-pods.ts';
import { targetPortFindings } from './target-ports.ts';
import { unreachableFindings } from './unreachable-routes.ts';

/** @param severityOfTwins of one host in two objects: a warning in a folder that nobody applies whole */
export function routeFindings(set: ManifestSet, severityOfTwins: 'error' | 'warning'): readonly Finding[] {
  return [
    ...unreachableFindings(set),
    ...hostConflictFindings(set, severityOfTwins),
    ...delegateFindings(set),
    ...mirrorFindings(set),
    ...destinationRuleFindings(set),
    ...gatewayFindings(set),
    ...meshHostFindings(set),
    ...outlierFindings(set),
    ...policyFindings(set),
    ...destinationPortFindings(set),
    ...targetPortFindings(set),
    ...gatewayServerFindings(set),
    ...serviceWithoutPodsFindings(set),
  ];
}
