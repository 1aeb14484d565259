/** Refuses load requests that k6 would misread or never finish, before anything is started. */
import { identifyText, parseIdentify } from '../../documents/identify-kinds.ts';
import { usageError } from '../../errors/harness-error.ts';
import { hideInUrls } from '../../errors/hidden-words.ts';
import type { LoadRequest } from '../../ports/load.ts';

/** About sense, not about k6, which schedules in nanoseconds. */
const MAX_RATE = 1_000_000;
/** k6's own bound for an executor's duration. */
const MIN_DURATION_MS = 1000;
/** They reach k6 in one variable of its environment, which Linux limits to 128 KiB (MAX_ARG_STRLEN). */
const MAX_TARGET_BYTES = 100_000;

/** @throws HarnessError LOAD_REQUEST_INVALID naming the first bad value. */
export function checkLoadRequest(request: LoadRequest): void {
  const { url, ratePerSecond, maxDurationMs, preAllocatedVus, requestTimeoutMs, identify } = request;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) refuse('url', `'${hideInUrls(url)}' is no http(s) address`);
  const targetBytes = Buffer.byteLength(JSON.stringify([url, request.headers]));
  if (targetBytes > MAX_TARGET_BYTES)
    refuse('headers', `address and headers take ${targetBytes} bytes, more than ${MAX_TARGET_BYTES}`);
  if (!(ratePerSecond >= 0.001 && ratePerSecond <= MAX_RATE))
    refuse('ratePerSecond', `${ratePerSecond} requests/s is not between 0.001 and ${MAX_RATE}`);
  if (!(maxDurationMs >= MIN_DURATION_MS)) refuse('maxDurationMs', `${maxDurationMs} ms is shorter than a second`);
  if (!(Number.isInteger(preAllocatedVus) && preAllocatedVus >= 1))
    refuse('preAllocatedVus', `${preAllocatedVus} is not a number of virtual users`);
  // k6 deals the iterations out by its users: of others than a multiple the generators would not take turns
  if (preAllocatedVus % (request.segment?.of ?? request.sharedBy ?? 1) !== 0)
    refuse('preAllocatedVus', `${preAllocatedVus} virtual users are not the same number for each generator`);
  if (!(requestTimeoutMs >= 1)) refuse('requestTimeoutMs', `${requestTimeoutMs} ms is no time`);
  const wrong = wrongIdentify(identify);
  if (wrong !== undefined) refuse('identify', wrong);
}

/** Whoever typed it has been told more before. */
function wrongIdentify(identify: LoadRequest['identify']): string | undefined {
  try {
    parseIdentify(identifyText(identify));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function refuse(field: string, problem: string): never {
  throw usageError('LOAD_REQUEST_INVALID', `the load cannot be run: ${problem}`, { where: field });
}
