/** Services and autoscalers as a cluster without load balancers and with few processors can have them. Pure. */
import { valueAt } from '../../documents/json-pointer.ts';
import { asList, asRecord } from '../../lint/manifest-set.ts';
import { ofKind, type UnitFacts } from '../unit-facts.ts';
import { type Change, changesOf, type Edit } from './change.ts';

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
    return changesOf(service, facts, [edit]);
  });
}

const MOST_PODS = 2;

export function autoscalerChanges(facts: UnitFacts): readonly Change[] {
  return ofKind(facts, 'HorizontalPodAutoscaler', 'autoscaling').flatMap((autoscaler) => {
    const least = valueAt(autoscaler.value, '/spec/minReplicas');
    if (typeof least !== 'number' || least <= MOST_PODS) return [];
    return changesOf(autoscaler, facts, [
      { reason: 'the run has one small machine', set: { '/spec/minReplicas': MOST_PODS } },
    ]);
  });
}
