/**
 * `/-/behaviour` on the pod's loopback: what the behaviour is, and how it is changed.
 *
 * A change needs a token. Pods come from manifests that know of no run, so none can be given to them beforehand: the
 * first change decides which token this process takes, and any other is refused from then on. Whoever else finds a way
 * to the loopback address (a proxy beside the process can be configured to) is refused after that; had he been first,
 * the harness is refused, and ends with an error instead of measuring what he did.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { HarnessError } from '../../harness/errors/harness-error.ts';
import { TOKEN_HEADER } from './admin-port.ts';
import type { Behaviour } from './behaviour.ts';
import { parseBehaviour } from './behaviour-document.ts';
import type { Identity } from './identity.ts';
import { answer, type Exchange, refuse } from './service.ts';

const MAX_DOCUMENT_BYTES = 65_536;
const SHORTEST_TOKEN = 16;

interface AdminParts {
  readonly identity: Identity;
  readonly behaviour: Behaviour;
}

export function createAdminService(parts: AdminParts): (exchange: Exchange) => void {
  let taken: Buffer | undefined;
  const mayChange = (token: string): boolean => {
    if (token.length < SHORTEST_TOKEN) return false;
    const digest = createHash('sha256').update(token).digest();
    taken ??= digest;
    return timingSafeEqual(taken, digest);
  };
  return (exchange) => {
    const { method, target, headers } = exchange;
    const path = target.split('?', 1)[0] ?? '';
    if (path !== '/-/behaviour') {
      refuse(parts, exchange, 404, 'WORKLOAD_NO_SUCH_PATH', `there is no ${path}`);
    } else if (method === 'POST') {
      if (mayChange(String(headers[TOKEN_HEADER] ?? ''))) void changeBehaviour(parts, exchange);
      else refuse(parts, exchange, 403, 'WORKLOAD_FORBIDDEN', `${TOKEN_HEADER} is not the token that may change this`);
    } else if (method === 'GET' || method === 'HEAD') {
      answer(parts, exchange, 200, statusMembers(parts));
    } else {
      refuse(parts, exchange, 405, 'WORKLOAD_METHOD_NOT_ALLOWED', `${method} ${path}: only GET and POST`);
    }
  };
}

async function changeBehaviour(parts: AdminParts, exchange: Exchange): Promise<void> {
  try {
    const text = await exchange.readText(MAX_DOCUMENT_BYTES);
    if (text === undefined) return;
    parts.behaviour.change(parseBehaviour(text, 'POST /-/behaviour'), Date.now());
    answer(parts, exchange, 200, statusMembers(parts));
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    refuse(parts, exchange, error.code === 'WORKLOAD_BODY_TOO_LARGE' ? 413 : 400, error.code, error.message);
  }
}

function statusMembers({ behaviour }: AdminParts): string {
  return JSON.stringify(behaviour.status()).slice(1, -1);
}
