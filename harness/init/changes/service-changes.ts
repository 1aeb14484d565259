/** Services and autoscalers as a cluster without load balancers and with few processors can have them. Pure. */
import { valueAt } from '../../documents/json-pointer.ts';
import { asList, asRecord } from '../../lint/manifest-set.ts';
import { ofKind, type UnitFacts } from '../unit-facts.ts';
import { type Change, changesOf, dropOf, type Edit } from './change.ts';

const ADDRESSES = 'the cluster gives no addresses, and Argo CD would wait for one for ever';

export function serviceChanges(facts: UnitFacts): readonly Change[] {
  return ofKind(facts, 'Service', '').flatMap((service) => {
    const spec = asRecord(service.value.spec) ?? {};
    const isOutside = spec.type === 'LoadBalancer' || spec.type === 'NodePort';
    const gone = [
      'loadBalancerIP',
      'loadBalancerClass',
      'loadBalancerSourceRanges',
      'externalIPs',
      'externalTrafficPolicy',
      'healthCheckNodePort',
      'allocateLoadBalancerNodePorts',
      'clusterIPs',
    ]
      .filter((key) => spec[key] !== undefined)
      .map((key) => `/spec/${key}`);
    const fixed = typeof spec.clusterIP === 'string' && spec.clusterIP !== 'None' ? ['/spec/clusterIP'] : [];
    const nodePorts = asList(spec.ports).flatMap((port, index) =>
      asRecord(port)?.nodePort === undefined ? [] : [`/spec/ports/${index}/nodePort`],
    );
    const edit: Edit = {
      reason: ADDRESSES,
      ...(isOutside ? { set: { '/spec/type': 'ClusterIP' } } : {}),
      remove: [...gone, ...fixed, ...nodePorts],
    };
    return changesOf(service, facts, [edit, ...familyEdits(spec)]);
  });
}

/** Where both are preferred, one is given. */
function familyEdits({ ipFamilies, ipFamilyPolicy }: Readonly<Record<string, unknown>>): Edit[] {
  const isOther = ipFamilyPolicy === 'RequireDualStack' || asList(ipFamilies).includes('IPv6');
  const written = Object.entries({ ipFamilies, ipFamilyPolicy }).filter(([, value]) => value !== undefined);
  return isOther
    ? [{ reason: 'the cluster has addresses of IPv4 alone', remove: written.map(([key]) => `/spec/${key}`) }]
    : [];
}

const MOST_PODS = 2;
/** Argo CD would wait for the autoscaler for ever. */
const UNMEASURED = 'nobody in the run measures what it scales by, only processors and memory';

export function autoscalerChanges(facts: UnitFacts): readonly Change[] {
  return ofKind(facts, 'HorizontalPodAutoscaler', 'autoscaling').flatMap((autoscaler) => {
    const least = valueAt(autoscaler.value, '/spec/minReplicas');
    const metrics = asList(valueAt(autoscaler.value, '/spec/metrics')).map((metric) => asRecord(metric)?.type);
    const unknown = metrics.flatMap((type, index) => (/Resource$/.test(String(type)) ? [] : [index]));
    if (unknown.length > 0 && unknown.length === metrics.length) return [dropOf(autoscaler, facts, UNMEASURED)];
    return changesOf(autoscaler, facts, [
      { reason: UNMEASURED, remove: unknown.map((index) => `/spec/metrics/${index}`) },
      ...(typeof least === 'number' && least > MOST_PODS
        ? [{ reason: 'the run has one small machine', set: { '/spec/minReplicas': MOST_PODS } }]
        : []),
    ]);
  });
}
