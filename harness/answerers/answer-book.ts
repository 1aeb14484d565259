/**
 * Who answered a request, by the lines that proxies wrote about it: the one in front of the application says that it came
 * here, whoever called says which endpoint gave the answer that was passed on. Pure: lines in any order, doubled ones too.
 *
 * - A mirrored request (Envoy adds `-shadow` to its authority) has no client, so its lines do not count.
 * - After a retry several receivers have lines; the caller's line, one for all attempts, tells whose answer was passed on.
 * - What a proxy answered itself (its response flags say so) is nobody's answer.
 */
import type { RequestMark } from '../documents/request-mark.ts';
import type { AccessLine } from './access-line.ts';
import type { PodBook, PodKey } from './pod-book.ts';

export type Answerer =
  | { readonly kind: 'named'; readonly pod: PodKey; readonly by: 'receiver' | 'caller' | 'both' }
  /** More lines may come. */
  | { readonly kind: 'open' }
  | { readonly kind: 'ambiguous'; readonly pods: readonly PodKey[] };

export interface AnswerBook {
  /** Lines of other loads are passed over. */
  openLoad(load: string): void;
  closeLoad(load: string): void;
  /** @returns the request that the line tells of, where that is known */
  take(line: AccessLine, from: PodKey): RequestMark | undefined;
  /**
   * @param service whose receiver is asked for; undefined: whoever it was
   * @param status what the client got
   * @param final whether nothing more is waited for
   */
  answerer(mark: RequestMark, service: string | undefined, status: number, final: boolean): Answerer;
  /** Nobody asks for the request any more. */
  forget(mark: RequestMark): void;
}

/** With these the answer is the endpoint's all the same: it was only delayed, or no more attempts were allowed. */
const PASSED_ON = new Set(['DI', 'URX']);
/** The client of this proxy had left: it may have got another answer. */
const LEFT = 'DC';
/** Lines without a mark whose request nobody has named yet. */
const MAX_UNCLAIMED = 20_000;

interface Seen {
  /** Whether the answer was whole and no error: then it is hardly one of several attempts. */
  readonly receivers: Map<PodKey, boolean>;
  /** Addresses, because a pod may be told of later than its line. */
  readonly endpoints: Set<string>;
}

export function createAnswerBook(
  pods: Pick<PodBook, 'at' | 'belongs'>,
  hosts: ReadonlySet<string> = new Set(),
): AnswerBook {
  const loads = new Map<string, Map<number, Seen>>();
  const marks = new Map<string, RequestMark>();
  const unclaimed = new Map<string, { line: AccessLine; from: PodKey }[]>();

  const note = (line: AccessLine, from: PodKey, { load, sequence }: RequestMark): void => {
    const requests = loads.get(load);
    if (!requests) return;
    const seen = requests.get(sequence) ?? { receivers: new Map<PodKey, boolean>(), endpoints: new Set<string>() };
    requests.set(sequence, seen);
    const flags = line.flags === '' ? [] : line.flags.split(',');
    const ofProxy = flags.some((flag) => flag !== LEFT && !PASSED_ON.has(flag));
    if (ofProxy) return;
    const whole = line.status > 0 && line.status < 500 && !flags.includes(LEFT);
    if (line.side === 'receiver') seen.receivers.set(from, whole || (seen.receivers.get(from) ?? false));
    else if (line.upstreamAddress !== undefined && !flags.includes(LEFT)) seen.endpoints.add(line.upstreamAddress);
  };

  return {
    openLoad: (load) => void loads.set(load, new Map()),
    closeLoad(load) {
      loads.delete(load);
      for (const [requestId, mark] of marks) if (mark.load === load) marks.delete(requestId);
    },
    take(line, from) {
      if (isMirrored(line.authority, hosts)) return undefined;
      const { requestId } = line;
      const mark = line.mark ?? marks.get(requestId);
      if (mark === undefined) {
        if (requestId === '') return undefined;
        const [oldest] = unclaimed.keys();
        if (unclaimed.size >= MAX_UNCLAIMED && oldest !== undefined) unclaimed.delete(oldest);
        unclaimed.set(requestId, [...(unclaimed.get(requestId) ?? []), { line, from }]);
        return undefined;
      }
      if (!loads.has(mark.load)) return undefined;
      note(line, from, mark);
      if (line.mark !== undefined && requestId !== '' && !marks.has(requestId)) {
        marks.set(requestId, mark);
        for (const earlier of unclaimed.get(requestId) ?? []) note(earlier.line, earlier.from, mark);
        unclaimed.delete(requestId);
      }
      return mark;
    },
    answerer({ load, sequence }, service, status, final) {
      const seen = loads.get(load)?.get(sequence);
      if (!seen) return { kind: 'open' };
      const isOf = (pod: PodKey) => service === undefined || pods.belongs(pod, service);
      const receivers = new Map([...seen.receivers].filter(([pod]) => isOf(pod)));
      const named = [...seen.endpoints].flatMap((address) => pods.at(address) ?? []).filter(isOf);
      return decide(receivers, [...new Set(named)], status, final);
    },
    forget({ load, sequence }) {
      loads.get(load)?.delete(sequence);
    },
  };
}

function decide(
  receivers: ReadonlyMap<PodKey, boolean>,
  callers: readonly PodKey[],
  status: number,
  final: boolean,
): Answerer {
  const [called, another] = callers;
  if (called !== undefined && another === undefined) {
    if (receivers.has(called)) return { kind: 'named', pod: called, by: 'both' };
    // an error may be that of the receiver's own proxy, which only its line would tell
    if (!final || status >= 500) return { kind: 'open' };
    return { kind: 'named', pod: called, by: 'caller' };
  }
  const [received, alsoReceived] = receivers.keys();
  if (another === undefined && received !== undefined && alsoReceived === undefined)
    return final || receivers.get(received) === true
      ? { kind: 'named', pod: received, by: 'receiver' }
      : { kind: 'open' };
  if (!final || (another === undefined && received === undefined)) return { kind: 'open' };
  const whole = [...receivers].filter(([, isWhole]) => isWhole).map(([pod]) => pod);
  const [only, ...others] = whole;
  if (another === undefined && only !== undefined && others.length === 0)
    return { kind: 'named', pod: only, by: 'receiver' };
  return { kind: 'ambiguous', pods: [...new Set([...callers, ...receivers.keys()])] };
}

/** @param hosts names that end like that by themselves */
function isMirrored(authority: string, hosts: ReadonlySet<string>): boolean {
  const name = authority.replace(/:\d+$/, '');
  return name.endsWith('-shadow') && !hosts.has(name);
}
