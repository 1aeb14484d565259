/** Whether the AuthorizationPolicies of a unit let clients of a run in, and under which paths they would. Pure. */
import { valueAt } from '../../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject } from '../../lint/manifest-set.ts';
import type { ClientPath } from '../claims/client-path.ts';
import { portOf } from '../serving-ports.ts';
import { armsOf } from '../split-arms.ts';
import { httpRoutes, ISTIO } from '../subjects.ts';
import { ofKind, POD_SPEC, selectedBy, type UnitFacts, type Workload } from '../unit-facts.ts';
import { type Decision, decisionOf } from './policy-decision.ts';

const SECURITY = 'security.istio.io';
/** Its policies are those of every namespace. */
const ROOT = 'istio-system';
/** Of every run, which has one. */
const GATEWAY = { namespace: ROOT, account: 'istio-ingressgateway', labels: { app: 'istio-ingressgateway' } };
const GATEWAY_PORT = 8080;

type Labels = Readonly<Record<string, string>>;

/** What the proxies of these pods say to that client. */
export function saidBy(receiver: Workload, client: ClientPath, facts: UnitFacts): Decision {
  const isOutside = client.kind === 'ingress';
  return decisionOf(policiesOf(receiver.labels, receiver.object.namespace, facts), {
    client: isOutside ? GATEWAY : { namespace: client.namespace, account: accountOf(client, facts) },
    host: isOutside ? client.host : `${client.service}:${client.port}`,
    path: isRewritten(receiver, facts) ? undefined : client.path,
    port: portOf(receiver, facts),
  });
}

/** What the gateway of the run says to a client from outside. */
export function saidByGateway(client: ClientPath, labels: Labels, facts: UnitFacts): Decision {
  if (client.kind !== 'ingress') return { denials: [], silent: [] };
  const own = { ...GATEWAY.labels, istio: 'ingressgateway', ...labels };
  const asked = { client: undefined, host: client.host, path: client.path, port: GATEWAY_PORT };
  return decisionOf(policiesOf(own, ROOT, facts), asked);
}

export function isLetIn({ denials, silent }: Decision): boolean {
  return denials.length === 0 && silent.length === 0;
}

/** Paths that policies of these pods name, each as a client can ask for it. */
export function namedPaths(receivers: readonly Workload[], facts: UnitFacts): readonly string[] {
  return receivers
    .flatMap(({ labels, object }) => policiesOf(labels, object.namespace, facts))
    .flatMap(({ value }) => asList(valueAt(value, '/spec/rules')))
    .flatMap((rule) => asList(valueAt(rule, '/to')))
    .flatMap((one) => asList(valueAt(one, '/operation/paths')).map(String))
    .map((path) => path.replace(/\*$/, ''))
    .filter((path) => /^\/[^\s*{}]*$/.test(path));
}

/** Those whose rules clients without a token can be asked about; the others are dropped. */
function policiesOf(labels: Labels, namespace: string, facts: UnitFacts): readonly ManifestObject[] {
  return ofKind(facts, 'AuthorizationPolicy', SECURITY)
    .filter((policy) => policy.namespace === namespace || policy.namespace === ROOT)
    .filter(({ value }) => valueAt(value, '/spec/targetRefs') === undefined && !wantsToken(value))
    .filter(({ value }) =>
      Object.entries(asRecord(valueAt(value, '/spec/selector/matchLabels')) ?? {}).every(
        ([key, wanted]) => labels[key] === String(wanted),
      ),
    );
}

/** Who is allowed by what a token says, or by somebody outside. */
export function wantsToken(value: Readonly<Record<string, unknown>>): boolean {
  return (
    valueAt(value, '/spec/action') === 'CUSTOM' ||
    /"(not)?requestPrincipals"|"request\.auth\./i.test(JSON.stringify(value))
  );
}

/** An account that the unit does not bring is taken out of its pods, too. */
function accountOf({ from, namespace }: Extract<ClientPath, { readonly kind: 'mesh' }>, facts: UnitFacts): string {
  const [client] = selectedBy(facts.workloads, from, namespace);
  const spec = asRecord(valueAt(client?.object.value, POD_SPEC));
  const named = spec?.serviceAccountName ?? spec?.serviceAccount;
  const isBrought = ofKind(facts, 'ServiceAccount', '').some(
    (one) => one.name === named && one.namespace === namespace,
  );
  return isBrought ? String(named) : 'default';
}

function isRewritten(receiver: Workload, facts: UnitFacts): boolean {
  return ofKind(facts, 'VirtualService', ISTIO).some((virtualService) =>
    httpRoutes(virtualService).some(
      ({ split }) =>
        valueAt(virtualService.value, `/spec/http/${split.index}/rewrite`) !== undefined &&
        armsOf({ route: split }, facts).some(({ workload }) => workload === receiver),
    ),
  );
}
