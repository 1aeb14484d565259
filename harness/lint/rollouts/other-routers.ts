/** Splits that nobody here judges are told, so that silence about them is not taken for praise. */
import {
  asList,
  asRecord,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  nameOf,
} from '../manifest-set.ts';
import { CANARY, canaryOf, rollouts } from './rollout-objects.ts';

const GATEWAY_API = 'gateway.networking.k8s.io';
const HINT = 'Only splits of VirtualServices are judged; all other rules hold for these objects as well.';

/** SPLIT_NOT_JUDGED: information. */
export function otherRouterFindings(set: ManifestSet): readonly Finding[] {
  return [...rollouts(set).flatMap(ofRollout), ...set.objects.filter(isRoute).flatMap(ofRoute)];
}

function ofRollout(rollout: ManifestObject): readonly Finding[] {
  const canary = canaryOf(rollout);
  const routing = asRecord(canary?.trafficRouting);
  if (!routing || asRecord(routing.istio)) return [];
  const routers = Object.keys(routing)
    .filter((key) => !NO_ROUTER.test(key))
    .flatMap((key) => (key === 'plugins' ? Object.keys(asRecord(routing.plugins) ?? {}) : [key]));
  if (routers.length === 0) return [];
  return [
    findingAt(rollout, [...CANARY, 'trafficRouting'], {
      code: 'SPLIT_NOT_JUDGED',
      severity: 'info',
      sentence: `${nameOf(rollout)} is routed by ${routers.join(', ')}: whether that sends the canary the shares of its steps is not judged`,
      hint: HINT,
    }),
  ];
}

/** Fields of trafficRouting that name no router. */
const NO_ROUTER = /^(managedRoutes|maxTrafficWeight)$/;

function isRoute({ group, kind }: ManifestObject): boolean {
  return group === GATEWAY_API && /^(HTTP|GRPC|TCP|TLS|UDP)Route$/.test(kind);
}

function ofRoute(route: ManifestObject): readonly Finding[] {
  const rules = asList(asRecord(route.value.spec)?.rules);
  const index = rules.findIndex((rule) => asList(asRecord(rule)?.backendRefs).length > 1);
  if (index < 0) return [];
  const backends = asList(asRecord(rules[index])?.backendRefs).map((backend) => {
    const { name, weight = 1 } = asRecord(backend) ?? {};
    return `${String(name)} ${String(weight)}`;
  });
  return [
    findingAt(route, ['spec', 'rules', index, 'backendRefs'], {
      code: 'SPLIT_NOT_JUDGED',
      severity: 'info',
      sentence: `${nameOf(route)} splits requests (${backends.join(', ')}), which is not judged`,
      hint: HINT,
    }),
  ];
}
