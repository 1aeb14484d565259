/** Claims about what routes promise besides their weights: time-outs, retries and mirrors. Pure. */
import { valueAt } from '../../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject, nameOf } from '../../lint/manifest-set.ts';
import { parseGoDuration } from '../../oracle/go-duration.ts';
import { shadowsOf } from '../mirrored-routes.ts';
import { spokenNames } from '../stand-ins.ts';
import { httpRoutes, ISTIO, type SplitRoute, type Unprovable } from '../subjects.ts';
import { ofKind, selectedBy } from '../unit-facts.ts';
import { type ClaimDraft, type ClaimInput, type DerivedClaims, withoutHome } from './claim-draft.ts';
import { isProtected, type Receivers, receiversOf } from './routed-receivers.ts';

/** Longer ones are refused by the claim. */
const LONGEST_TIMEOUT_MS = 60_000;
const POLICY_PER_SECOND = 40;
const MIRRORED_PER_SECOND = 200;
/** Of each kind, in a run with short pauses. */
const MOST_OF_A_KIND = 2;

type Kind = 'timeout' | 'retries' | 'mirror';

/** What one route promises, as a claim without its id, or why it is none. */
interface Promised {
  readonly kind: Kind;
  readonly what: string;
  readonly claim: Readonly<Record<string, unknown>> | string;
}

export function policyClaims(id: (name: string) => string, input: ClaimInput): DerivedClaims {
  const promised = ofKind(input.facts, 'VirtualService', ISTIO).flatMap((virtualService) =>
    httpRoutes(virtualService).flatMap(({ split }) => promisesOf(virtualService, split, input)),
  );
  const most = input.realPauses ? Number.POSITIVE_INFINITY : MOST_OF_A_KIND;
  const made = new Map<Kind, number>();
  const claims: ClaimDraft[] = [];
  const unprovable: Unprovable[] = [];
  for (const { kind, what, claim } of promised) {
    const count = (made.get(kind) ?? 0) + 1;
    if (typeof claim === 'string') unprovable.push({ what, why: claim });
    else if (count > most)
      unprovable.push({ what, why: `a run with short pauses proves ${most} of a kind; --pauses real writes them all` });
    else {
      made.set(kind, count);
      claims.push({ id: id(count === 1 ? kind : `${kind}-${count}`), kind, ...claim });
    }
  }
  return { claims, unprovable };
}

function promisesOf(virtualService: ManifestObject, split: SplitRoute, input: ClaimInput): readonly Promised[] {
  const route = asRecord(asList(valueAt(virtualService.value, '/spec/http'))[split.index]) ?? {};
  const { timeout, retries, fault } = route;
  const { attempts } = asRecord(retries) ?? {};
  const shadows = shadowsOf(virtualService, split.index, input.facts);
  const isTimed = typeof timeout === 'string' && (parseGoDuration(timeout) ?? 0) > 0;
  if (!isTimed && typeof attempts !== 'number' && shadows.length === 0) return [];
  const place = `${nameOf(virtualService)}, HTTP route ${split.index + 1}`;
  const receivers = receiversOf(virtualService, split, input);
  const hosts = split.destinations.map(({ destination }) => String(asRecord(destination)?.host));
  const given = (kind: Kind, also: readonly string[], claim: (all: Receivers) => Promised['claim']): Promised => ({
    kind,
    what: `${place}: its ${kind}`,
    claim:
      typeof receivers === 'string'
        ? receivers
        : fault !== undefined
          ? 'it injects faults by itself'
          : isProtected([...hosts, ...also], input.facts)
            ? 'a DestinationRule ejects pods that fail or limits their connections, and would answer in their place'
            : claim(receivers),
  });
  return [
    ...(isTimed ? [given('timeout', [], (all) => timeoutClaim(timeout, asRecord(retries), all, input))] : []),
    ...(typeof attempts === 'number' ? [given('retries', [], (all) => retriesClaim(route.retries, all, input))] : []),
    ...shadows.map((shadow) => given('mirror', [shadow.host], (all) => mirrorClaim(shadow, all, input))),
  ];
}

function target({ labels, namespace, service, path }: Receivers, { home }: ClaimInput, ratePerSecond: number) {
  return {
    receiver: namespace === home ? { labels } : { labels, namespace },
    service,
    path: { ...withoutHome(path, home), ratePerSecond },
  };
}

function timeoutClaim(
  timeout: string,
  retries: Readonly<Record<string, unknown>> | undefined,
  receivers: Receivers,
  input: ClaimInput,
): Promised['claim'] {
  const limitMs = parseGoDuration(timeout) ?? 0;
  const perTryMs = parseGoDuration(String(retries?.perTryTimeout));
  if (limitMs > LONGEST_TIMEOUT_MS) return 'it is longer than a claim waits for, which is 60s';
  if (perTryMs !== undefined && perTryMs > 0 && perTryMs < limitMs)
    return 'its perTryTimeout is shorter, so that tries end one by one before it does';
  return {
    title: `Clients of ${receivers.service} wait ${timeout} at most`,
    timeout,
    ...target(receivers, input, POLICY_PER_SECOND),
  };
}

function retriesClaim(retries: unknown, receivers: Receivers, input: ClaimInput): Promised['claim'] {
  const attempts = Number(valueAt(retries, '/attempts'));
  const failWith = retriedStatus(String(valueAt(retries, '/retryOn') ?? ''));
  if (attempts > 0 && failWith === undefined)
    return 'its retryOn names no status that a program answers with, and failures of connections are not made here';
  return {
    title: `A request that fails reaches ${receivers.service} ${attempts + 1} times, and no more`,
    attempts,
    ...(failWith === undefined || failWith === 503 ? {} : { failWith }),
    ...target(receivers, input, POLICY_PER_SECOND),
  };
}

/** A status of an answer that is tried again. Without any Istio retries only what has not reached the program. */
function retriedStatus(retryOn: string): number | undefined {
  const conditions = retryOn.split(',').map((one) => one.trim());
  if (conditions.includes('5xx') || conditions.includes('gateway-error')) return 503;
  if (conditions.includes('retriable-4xx')) return 409;
  return conditions.filter((one) => /^[45]\d\d$/.test(one)).map(Number)[0];
}

function mirrorClaim(
  { workload: shadow, percent }: ReturnType<typeof shadowsOf>[number],
  receivers: Receivers,
  input: ClaimInput,
): Promised['claim'] {
  const { facts, subjects, home } = input;
  if (!shadow) return 'its destination selects no pods of exactly one workload of the unit';
  if (receivers.workloads.includes(shadow)) return 'the pods that it goes to answer clients as well';
  const { namespace } = shadow.object;
  if (selectedBy(facts.workloads, shadow.labels, namespace).length !== 1)
    return 'no labels select just the pods that it goes to';
  const { version } = spokenNames(shadow, facts, subjects);
  if (receivers.workloads.some((one) => spokenNames(one, facts, subjects).version === version))
    return 'nothing tells the pods that it goes to from those that answer';
  const { receiver: _, ...rest } = target(receivers, input, MIRRORED_PER_SECOND);
  return {
    title: `${percent} % of the requests are mirrored to ${shadow.object.name}, and no client hears of it`,
    shadow: namespace === home ? { labels: shadow.labels } : { labels: shadow.labels, namespace },
    shadowVersion: version,
    percent,
    ...rest,
  };
}
