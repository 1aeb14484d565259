/** Load that ends when a number of requests is answered, for claims that count the same requests at the receiver. */
import type { TrafficPath } from '../documents/references.ts';
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
}

export interface CountedLoad extends RolloutLoadResult {
  /** With a status, whatever it is. */
  readonly answered: number;
  /** In flight when the load was stopped, or never answered: they may have reached the receiver, or not. */
  readonly unknown: number;
}

const LOOK_MS = 100;
/** Beyond what the requests take at their rate: the start of the generator, and stalls. */
const MARGIN_MS = 20_000;

/**
 * The rate is the path's own: how many requests are under way at once is part of what is claimed.
 * @throws what the load throws; the scene's reason when the run is over
 */
export async function countedLoad(
  { id, title, path, service, requests, heldMs = 0 }: CountedLoadRequest,
  scene: Scene,
): Promise<CountedLoad> {
  const site = { ...scene, ratePerSecond: undefined };
  const lastsMs = (requests * 1000) / path.ratePerSecond + heldMs + MARGIN_MS;
  // it is stopped, and a load that ends by itself is no evidence
  const placed = await placeLoad(site, id, path, lastsMs + MARGIN_MS);
  const { requestTimeoutMs, preAllocatedVus } = placed.request;
  const timeoutMs = requestTimeoutMs + heldMs;
  const vus = Math.max(preAllocatedVus, Math.ceil((path.ratePerSecond * timeoutMs) / 1000));
  const request = { ...placed.request, requestTimeoutMs: timeoutMs, preAllocatedVus: vus };
  const load = startRolloutLoad({ id, title, service, versions: [], placed: { ...placed, request } }, site);
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  load.ended.then(over, over);
  try {
    const deadline = scene.now() + lastsMs;
    while (!isOver && load.stream.length < requests && scene.now() < deadline) await scene.pause(LOOK_MS);
    const result = await load.stop();
    let answered = 0;
    for (const { status } of result.stream.entries()) if (status !== 0) answered += 1;
    return { ...result, answered, unknown: result.stream.length - answered + result.books.interrupted };
  } finally {
    await load.stop().catch(() => undefined);
  }
}
