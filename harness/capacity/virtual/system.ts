/** The planted systems: queues whose capacity is known by formula, for virtual trials. */
import type { VirtualRandom } from './random.ts';

export type ServiceLaw = 'exponential' | 'fixed' | 'lognormal';

export interface VirtualSystem {
  readonly name: string;
  readonly arrivals: 'poisson' | 'paced';
  /** The objective's T; a loss system answers at once or refuses. */
  readonly limitSeconds: number;
  readonly server:
    | { readonly kind: 'queue'; readonly workers: number; readonly law: ServiceLaw; readonly meanSeconds: number }
    | { readonly kind: 'loss'; readonly workers: number; readonly law: ServiceLaw; readonly meanSeconds: number }
    | { readonly kind: 'bucket'; readonly ratePerSecond: number; readonly burst: number };
}

export interface ServedRequest {
  readonly refused: boolean;
  readonly finishedAt: number;
}

/** Serves requests in the order of their arrival. */
export interface VirtualServer {
  serve(at: number): ServedRequest;
}

/** ln of the lognormal's squared coefficient of variation + 1, for cv² = 4. */
const LOGNORMAL_VARIANCE = Math.log(5);

function serviceSeconds(law: ServiceLaw, mean: number, random: VirtualRandom): number {
  if (law === 'fixed') return mean;
  if (law === 'exponential') return random.exponential(mean);
  return mean * Math.exp(Math.sqrt(LOGNORMAL_VARIANCE) * random.normal() - LOGNORMAL_VARIANCE / 2);
}

export function createServer({ server }: VirtualSystem, random: VirtualRandom): VirtualServer {
  if (server.kind === 'bucket') return bucketServer(server.ratePerSecond, server.burst);
  const freeAt = new Float64Array(server.workers);
  const { law, meanSeconds, kind } = server;
  return {
    serve(at) {
      let first = 0;
      for (let index = 1; index < freeAt.length; index += 1) if (freeAt[index]! < freeAt[first]!) first = index;
      if (kind === 'loss' && freeAt[first]! > at) return { refused: true, finishedAt: at };
      const finishedAt = Math.max(at, freeAt[first]!) + serviceSeconds(law, meanSeconds, random);
      freeAt[first] = finishedAt;
      return { refused: false, finishedAt };
    },
  };
}

function bucketServer(ratePerSecond: number, burst: number): VirtualServer {
  let tokens = burst;
  let last = 0;
  return {
    serve(at) {
      tokens = Math.min(burst, tokens + (at - last) * ratePerSecond);
      last = at;
      if (tokens < 1) return { refused: true, finishedAt: at };
      tokens -= 1;
      return { refused: false, finishedAt: at + 0.001 };
    },
  };
}
