/** Who refused an object, read off the API server's words. Pure. */

export interface Refusal {
  readonly text: string;
  readonly by: 'kyverno' | 'nobody-answered' | 'other';
  /** Policies of Kyverno that said no, in their own words. */
  readonly policies: readonly RefusingPolicy[];
}

export interface RefusingPolicy {
  readonly policy: string;
  /** False: evaluating it went wrong, which refuses as well, and for no reason of the policy's. */
  readonly isRule: boolean;
  readonly message: string;
}

/** As the API server quotes a webhook that said no (`webhookerrors.ToStatusErr`), and one that gave no answer. */
const DENIED = /admission webhook "([^"]+)" denied the request:\s*([\s\S]*)$/;
const NO_ANSWER = /failed calling webhook "([^"]+)"/;
/** Names of all webhooks that Kyverno registers, such as `vpol.validate.kyverno.svc-fail`. */
const KYVERNO = /\.kyverno\.svc(-|$)/;
/** As Kyverno writes it for policies of `policies.kyverno.io`, one after the other with a semicolon. */
const POLICY = /(?:^|; )Policy (\S+) (failed|error): /g;

export function readRefusal(text: string): Refusal {
  const [, silent] = NO_ANSWER.exec(text) ?? [];
  if (silent !== undefined && KYVERNO.test(silent)) return { text, by: 'nobody-answered', policies: [] };
  const [, webhook = '', reason = ''] = DENIED.exec(text) ?? [];
  if (!KYVERNO.test(webhook)) return { text, by: 'other', policies: [] };
  const starts = [...reason.matchAll(POLICY)];
  return {
    ...{ text, by: 'kyverno' },
    policies: starts.map((start, index) => ({
      policy: start[1] ?? '',
      isRule: start[2] === 'failed',
      message: reason.slice(start.index + start[0].length, starts[index + 1]?.index).trim(),
    })),
  };
}
