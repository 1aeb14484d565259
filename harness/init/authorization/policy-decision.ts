/** What AuthorizationPolicies say to one plain request, as far as it can be known without a cluster. Pure. */
import { valueAt } from '../../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject } from '../../lint/manifest-set.ts';

/** A GET without a token, as clients of a run send it. */
export interface Asked {
  /** Undefined: somebody outside of the mesh. */
  readonly client: { readonly namespace: string; readonly account: string } | undefined;
  /** Undefined: not known. */
  readonly host: string | undefined;
  /** Undefined: a route writes another one. */
  readonly path: string | undefined;
  /** Of the receiving pod. */
  readonly port: number;
}

export interface Decision {
  /** That refuse it, or may. */
  readonly denials: readonly ManifestObject[];
  /** Those of which one would have to let it in, and none surely does; empty: it is let in. */
  readonly silent: readonly ManifestObject[];
}

/** Undefined: it depends on what only a cluster knows, such as addresses. */
type Truth = boolean | undefined;

/** @param policies that select the receiver */
export function decisionOf(policies: readonly ManifestObject[], asked: Asked): Decision {
  const enforced = policies.filter(({ value }) => valueAt(value, '/metadata/annotations/istio.io~1dry-run') !== 'true');
  const actionOf = ({ value }: ManifestObject) => valueAt(value, '/spec/action') ?? 'ALLOW';
  const allows = enforced.filter((policy) => actionOf(policy) === 'ALLOW');
  return {
    denials: enforced.filter((policy) => actionOf(policy) === 'DENY' && matches(policy, asked) !== false),
    silent: allows.some((policy) => matches(policy, asked) === true) ? [] : allows,
  };
}

/** A policy without rules matches nothing, and a rule without conditions everything. */
function matches({ value }: ManifestObject, asked: Asked): Truth {
  return anyOf(
    asList(valueAt(value, '/spec/rules')).map((entry) => {
      const { from, to, when } = asRecord(entry) ?? {};
      return allOf([
        from === undefined || anyOf(asList(from).map((one) => holds(asRecord(one)?.source, sourceOf(asked)))),
        to === undefined || anyOf(asList(to).map((one) => holds(asRecord(one)?.operation, operationOf(asked)))),
        ...asList(when).map((one) => conditionHolds(asRecord(one) ?? {}, asked)),
      ]);
    }),
  );
}

/** By field; what is absent is an empty string, and `unknown` what only a cluster knows. */
type Attributes = Readonly<Record<string, string | undefined>>;

function principalOf({ client }: Asked): string {
  return client ? `cluster.local/ns/${client.namespace}/sa/${client.account}` : '';
}

function sourceOf(asked: Asked): Attributes {
  const { client } = asked;
  return {
    principals: principalOf(asked),
    requestPrincipals: '',
    namespaces: client?.namespace ?? '',
    serviceAccounts: client ? `${client.namespace}/${client.account}` : '',
    ipBlocks: undefined,
    remoteIpBlocks: undefined,
  };
}

function operationOf({ host, path, port }: Asked): Attributes {
  return { hosts: host, ports: String(port), methods: 'GET', paths: path };
}

/** Every field that is written, and its opposite `notField`. */
function holds(written: unknown, attributes: Attributes): Truth {
  return allOf(
    Object.entries(asRecord(written) ?? {}).map(([name, patterns]) => {
      const [, opposite] = /^not([A-Z]\w*)$/.exec(name) ?? [];
      const field = opposite ? `${opposite[0]!.toLowerCase()}${opposite.slice(1)}` : name;
      const found = isAmong(attributes[field], asList(patterns).map(String), field);
      return opposite && found !== undefined ? !found : found;
    }),
  );
}

function conditionHolds({ key, values, notValues }: Readonly<Record<string, unknown>>, asked: Asked): Truth {
  const attribute = attributeOf(String(key), asked);
  const named = (list: unknown) => isAmong(attribute, asList(list).map(String), String(key));
  const excluded = notValues === undefined ? false : named(notValues);
  return allOf([values === undefined || named(values), excluded === undefined ? undefined : !excluded]);
}

function attributeOf(key: string, asked: Asked): string | undefined {
  if (/^request\.(headers|auth)\b/.test(key)) return '';
  if (key === 'source.principal') return principalOf(asked);
  if (key === 'source.namespace') return asked.client?.namespace ?? '';
  if (key === 'source.serviceAccount') return asked.client ? `${asked.client.namespace}/${asked.client.account}` : '';
  return key === 'destination.port' ? String(asked.port) : undefined;
}

function isAmong(value: string | undefined, patterns: readonly string[], field: string): Truth {
  if (/ip/i.test(field) && patterns.some((pattern) => /^(0\.0\.0\.0|::)\/0$/.test(pattern))) return true;
  if (value === undefined) return undefined;
  return patterns.some((pattern) => accepts(pattern, value, field));
}

function accepts(pattern: string, value: string, field: string): boolean {
  if (field === 'paths' && pattern.includes('{')) return isOfTemplate(pattern, value);
  if (pattern === '*') return value !== '';
  // an account may be written without its namespace
  if (field === 'serviceAccounts' && !pattern.includes('/')) return value.endsWith(`/${pattern}`);
  const [wanted, given] = field === 'hosts' ? [pattern.toLowerCase(), value.toLowerCase()] : [pattern, value];
  if (wanted.endsWith('*')) return given.startsWith(wanted.slice(0, -1));
  if (wanted.startsWith('*')) return given.endsWith(wanted.slice(1));
  return given === wanted || (field === 'hosts' && given.startsWith(`${wanted}:`));
}

/** `{*}` is one segment of a path, and `{**}`, which comes last, the rest. */
function isOfTemplate(pattern: string, path: string): boolean {
  const given = path.split('/');
  const wanted = pattern.split('/');
  const rest = wanted.findIndex((part) => part.includes('{**}'));
  if (rest >= 0 ? given.length < rest : given.length !== wanted.length) return false;
  const fixed = rest >= 0 ? wanted.slice(0, rest) : wanted;
  return fixed.every((part, index) => (part.includes('{*}') ? given[index] !== '' : part === given[index]));
}

function anyOf(truths: readonly Truth[]): Truth {
  return truths.includes(true) ? true : truths.includes(undefined) ? undefined : false;
}

function allOf(truths: readonly Truth[]): Truth {
  return truths.includes(false) ? false : truths.includes(undefined) ? undefined : true;
}
