/** Load of so many requests, for claims that count the same requests at the receiver. */
import type { TrafficPath } from '../documents/references.ts';
import { markedUserAgent } from '../documents/request-mark.ts';
import type { LoadRequest } from '../ports/load.ts';
import type { RequestSample } from '../ports/request-sample.ts';
import type { Scene } from '../scene/scene.ts';
import { type RolloutLoadResult, startRolloutLoad } from '../traffic/recorded-load.ts';
import { placeLoad } from '../traffic/traffic-path.ts';

export interface CountedLoadRequest {
  readonly id: string;
  readonly title: string;
  readonly path: TrafficPath;
  /** Service in the chain of hops whose version says who answered. */
  readonly service: string;
  readonly requests: number;
  /** The longest that the receivers hold an answer back. */
  readonly heldMs?: number;
  /** What clients call themselves, so that proxies can tell each request by its User-Agent. */
  readonly client?: string;
  /** Every finished request in start order. */
  readonly onInOrder?: (sample: RequestSample) => void;
}

export interface CountedLoad extends RolloutLoadResult {
  /** With a status, whatever it is. */
  readonly answered: number;
  /** Never answered: they may have reached the receiver, or not. */
  readonly unknown: number;
}

/**
 * Every request is sent and answered before it ends: one that a stop cuts off would have reached the receiver or not, and
 * nobody could say. The rate is the path's own, because how many are under way at once is part of what is claimed.
 * @throws what the load throws; the scene's reason when the run is over
 */
export async function countedLoad(
  { id, title, path, service, requests, heldMs = 0, client, onInOrder }: CountedLoadRequest,
  scene: Scene,
): Promise<CountedLoad> {
  const site = { ...scene, ratePerSecond: undefined };
  const placed = await placeLoad(site, id, path, Math.ceil((requests * 1000) / path.ratePerSecond));
  const { requestTimeoutMs, preAllocatedVus } = placed.request;
  const timeoutMs = requestTimeoutMs + heldMs;
  const vus = Math.max(preAllocatedVus, Math.ceil((path.ratePerSecond * timeoutMs) / 1000));
  const request = { ...marked(placed.request, client), requestTimeoutMs: timeoutMs, preAllocatedVus: vus };
  const load = startRolloutLoad(
    {
      ...{ id, title, service, versions: [], placed: { ...placed, request }, endsByItself: true },
      ...(onInOrder ? { onInOrder } : {}),
    },
    site,
  );
  const result = await load.ended;
  let answered = 0;
  for (const { status } of result.stream.entries()) if (status !== 0) answered += 1;
  return { ...result, answered, unknown: result.stream.length - answered + result.books.interrupted };
}

/** Where the proxies' logs name the receivers, that load marks its requests itself, and keeps what clients call themselves. */
function marked(request: LoadRequest, client: string | undefined): LoadRequest {
  if (client === undefined) return request;
  const headers = { ...request.headers, 'User-Agent': client };
  return { ...request, headers, marked: markedUserAgent('counted', client) };
}
