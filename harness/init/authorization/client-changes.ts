/** Policies that would answer clients of the run instead of the routes that are proven. Pure. */
import { asRecord, type ManifestObject, nameOf } from '../../lint/manifest-set.ts';
import { type Change, dropOf } from '../changes/change.ts';
import type { ClaimDraft } from '../claims/claim-draft.ts';
import type { ClientPath } from '../claims/client-path.ts';
import { clientPaths } from '../client-paths.ts';
import { headerRoutes } from '../header-routes.ts';
import { armsOf } from '../split-arms.ts';
import type { Subject } from '../subjects.ts';
import { selectedBy, type UnitFacts, type Workload } from '../unit-facts.ts';
import { isLetIn, saidBy, saidByGateway } from './let-in.ts';
import type { Decision } from './policy-decision.ts';

export interface Claimed {
  readonly claims: readonly ClaimDraft[];
  readonly subjects: readonly Subject[];
  readonly home: string;
  readonly host: string;
  /** That the gateway of the run is given. */
  readonly gatewayLabels: Readonly<Record<string, string>>;
}

interface Caller {
  readonly client: ClientPath;
  readonly receiver: Workload;
}

/** Theirs stay where one more lets the clients in; one that denies has to go. */
export function clientChanges(claimed: Claimed, facts: UnitFacts): readonly Change[] {
  const callers = [...subjectCallers(claimed, facts), ...receiverCallers(claimed, facts)];
  const asked = callers.map((caller) => ({ ...caller, said: saidBy(caller.receiver, caller.client, facts) }));
  const gateways = callers.map(({ client }) => ({
    client,
    said: saidByGateway(client, claimed.gatewayLabels, facts),
  }));
  const refused = [...asked, ...gateways].filter(({ said }) => !isLetIn(said));
  const [outside] = gateways.filter(({ said }) => said.silent.length > 0);
  const silent = new Map(asked.filter(({ said }) => said.silent.length > 0).map((one) => [one.receiver, one]));
  return [
    ...[...new Map(refused.flatMap(({ said, client }) => said.denials.map((one) => [one, client] as const)))].map(
      ([policy, client]) => dropOf(policy, facts, `it denies clients of the run, or may: ${inWords(client)}`),
    ),
    ...(outside
      ? [allowing('ingress', 'istio-system', { istio: 'ingressgateway', ...claimed.gatewayLabels }, outside)]
      : []),
    ...[...silent].map(([{ object, labels }, one]) => allowing(object.name, object.namespace, labels, one)),
  ];
}

function allowing(
  name: string,
  namespace: string,
  matchLabels: Readonly<Record<string, string>>,
  { client, said }: { readonly client: ClientPath; readonly said: Decision },
): Change {
  return {
    reason: `${listed(said.silent)} allows no client of the run: ${inWords(client)}`,
    add: {
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: { name: `clients-of-the-run-${name}`.slice(0, 63).replace(/[-.]+$/, ''), namespace },
      spec: { selector: { matchLabels }, action: 'ALLOW', rules: [{}] },
    },
  };
}

function listed(policies: readonly ManifestObject[]): string {
  const [first, ...others] = policies.map(nameOf);
  return others.length === 0 ? String(first) : `none of ${[first, ...others].join(', ')}`;
}

function inWords(client: ClientPath): string {
  return client.kind === 'ingress'
    ? `GET ${client.path} without a token, through its ingress gateway`
    : `GET ${client.path} without a token, from ${Object.values(client.from).join(', ')} in ${client.namespace}`;
}

/** Of Rollouts and splits that some claim is about. */
function subjectCallers({ claims, subjects, host }: Claimed, facts: UnitFacts): Caller[] {
  return subjects.flatMap((subject) => {
    const isClaimed = claims.some((claim) => {
      const named = subject.kind === 'rollout' ? claim.rollout : claim.virtualService;
      return asRecord(named)?.name === (subject.kind === 'rollout' ? subject.rollout : subject.virtualService).name;
    });
    if (!isClaimed) return [];
    const receivers =
      subject.kind === 'rollout'
        ? [subject.workload]
        : [...armsOf(subject, facts), ...headerRoutes(subject, facts)].flatMap(({ workload }) => workload ?? []);
    return calls(clientPaths(subject, facts, host), receivers);
  });
}

/** Of what routes promise besides their weights: who answers stands in the claim. */
function receiverCallers({ claims, home }: Claimed, facts: UnitFacts): Caller[] {
  return claims.flatMap(({ path, receiver, shadow }) => {
    const pods = [asRecord(receiver), asRecord(shadow)].flatMap((one) =>
      one ? selectedBy(facts.workloads, asRecord(one.labels) ?? {}, String(one.namespace ?? home)) : [],
    );
    return calls([{ namespace: home, ...asRecord(path) } as ClientPath], pods);
  });
}

function calls(clients: readonly ClientPath[], receivers: readonly Workload[]): Caller[] {
  return clients.flatMap((client) => [...new Set(receivers)].map((receiver) => ({ client, receiver })));
}
