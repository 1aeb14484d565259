/** From what clients sent and what the receiver counted to a verdict. Pure. */
import type { Outcome } from '../../verdict/outcome.ts';

export interface CountedArrivals {
  /** Requests of clients that got a status. */
  readonly answered: number;
  /** Requests that were never answered, and may have arrived in part. */
  readonly unknown: number;
  /** At the receiver. */
  readonly arrived: number;
  /** That were asked for. */
  readonly requests: number;
  /** Times that each must arrive. */
  readonly declared: number;
}

export interface Arrivals {
  readonly verdict: Exclude<Outcome, 'invalid'>;
  /** Requests of clients, answered or not. */
  readonly clients: number;
  readonly unanswered: number;
  readonly arrived: number;
  readonly least: number;
  readonly most: number;
  /** Arrivals for each request of a client. */
  readonly each: number;
}

/**
 * A connection that breaks before the receiver reads the request is tried again, too, and is not counted there. More than
 * declared has no such excuse.
 */
const BROKEN_SHARE = 0.01;

/** A generator that starts late sends fewer. */
const ENOUGH = 0.9;

export function judgeArrivals({ answered, unknown, arrived, requests, declared }: CountedArrivals): Arrivals {
  const least = answered * declared;
  const most = (answered + unknown) * declared;
  const wrong = arrived > most || arrived < least * (1 - BROKEN_SHARE);
  const enough = answered >= ENOUGH * requests;
  return {
    verdict: answered === 0 ? 'inconclusive' : wrong ? 'failed' : enough ? 'passed' : 'inconclusive',
    ...{ clients: answered + unknown, unanswered: unknown, arrived, least, most },
    each: answered + unknown === 0 ? 0 : arrived / (answered + unknown),
  };
}
