/** A claim about namespaces whose PeerAuthentication takes nothing but mutual TLS. Pure. */
import { valueAt } from '../../documents/json-pointer.ts';
import { asRecord, type ManifestObject, nameOf } from '../../lint/manifest-set.ts';
import { clientPaths } from '../client-paths.ts';
import { armsOf } from '../split-arms.ts';
import { spokenNames } from '../stand-ins.ts';
import { httpRoutes, ISTIO } from '../subjects.ts';
import { ofKind, type UnitFacts } from '../unit-facts.ts';
import { type ClaimInput, type DerivedClaims, withoutHome } from './claim-draft.ts';
import type { MeshPath } from './client-path.ts';
import { isOutsideMesh } from './outside-mesh.ts';

const SECURITY = 'security.istio.io';
const PER_SECOND = 50;

export function mtlsClaims(id: (name: string) => string, input: ClaimInput): DerivedClaims {
  const { facts } = input;
  const strict = ofKind(facts, 'PeerAuthentication', SECURITY).filter(
    (policy) => isWhole(policy) && modeOf(policy) === 'STRICT',
  );
  const found = strict.map((policy) => ({ policy, why: whyNot(policy.namespace, facts) }));
  const namespaces = [...new Set(found.flatMap(({ policy, why }) => (why === undefined ? [policy.namespace] : [])))];
  const unprovable = found.flatMap(({ policy, why }) => (why === undefined ? [] : [{ what: nameOf(policy), why }]));
  const [first] = found.filter(({ why }) => why === undefined);
  if (!first) return { claims: [], unprovable };
  const client = meshClient(namespaces, input);
  if (!client)
    return {
      claims: [],
      unprovable: [
        ...unprovable,
        { what: nameOf(first.policy), why: 'no pod of the unit calls another one through a route of the mesh' },
      ],
    };
  return {
    claims: [
      {
        id: id('strict-mtls'),
        title: 'Every port refuses plain text, and the mesh talks mutual TLS',
        kind: 'strict-mtls',
        namespaces,
        service: client.service,
        path: { ...withoutHome(client.path, input.home), ratePerSecond: PER_SECOND },
      },
    ],
    unprovable,
  };
}

/** Of all pods of its namespace, and all of their ports. */
function isWhole({ value }: ManifestObject): boolean {
  const labels = asRecord(valueAt(value, '/spec/selector/matchLabels')) ?? {};
  return Object.keys(labels).length === 0;
}

function modeOf({ value }: ManifestObject): unknown {
  return valueAt(value, '/spec/mtls/mode');
}

function whyNot(namespace: string, facts: UnitFacts): string | undefined {
  const inside = facts.workloads.filter(({ object }) => object.namespace === namespace);
  if (inside.length === 0) return 'the unit has no pods in its namespace';
  if (inside.some(isOutsideMesh)) return 'some pods of its namespace have no sidecar by their own label or annotation';
  const others = ofKind(facts, 'PeerAuthentication', SECURITY).filter((one) => one.namespace === namespace);
  if (others.some((one) => modeOf(one) !== 'STRICT' || valueAt(one.value, '/spec/portLevelMtls') !== undefined))
    return 'another PeerAuthentication of its namespace takes plain text';
  if (
    facts.objects.some(
      (one) => one.group === SECURITY && one.kind === 'AuthorizationPolicy' && one.namespace === namespace,
    )
  )
    return 'an AuthorizationPolicy of its namespace decides who is answered';
  return undefined;
}

/** Of the first route that pods of such a namespace answer for clients inside the mesh. */
function meshClient(namespaces: readonly string[], { facts, subjects, host }: ClaimInput) {
  for (const virtualService of ofKind(facts, 'VirtualService', ISTIO))
    for (const { split } of httpRoutes(virtualService)) {
      const path = clientPaths({ virtualService, route: split }, facts, host).find(
        (one): one is MeshPath => one.kind === 'mesh',
      );
      const workloads = armsOf({ route: split }, facts).flatMap(({ workload }) => workload ?? []);
      const services = new Set(workloads.map((workload) => spokenNames(workload, facts, subjects).service));
      const [service, other] = services;
      const isInside = workloads.length > 0 && workloads.every(({ object }) => namespaces.includes(object.namespace));
      if (path && isInside && service !== undefined && other === undefined) return { path, service };
    }
  return undefined;
}
