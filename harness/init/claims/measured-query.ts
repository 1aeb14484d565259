/** What the query of a metric measures, as far as the mesh of a run counts it. Pure. */

/** Sizes, TCP and messages of gRPC: Envoy without Istio's own filters counts none of them. */
const UNCOUNTED = /\bistio_(?:(?:request|response)_(?:bytes|messages)|tcp)_\w+/;

/** Why nobody can answer a query in a run; undefined: the mesh of the run does. */
export function whyUnmeasured(query: string): string | undefined {
  const [uncounted] = UNCOUNTED.exec(query) ?? [];
  if (uncounted !== undefined) return `its query reads ${uncounted}, which the mesh of a run does not count`;
  if (!/\b(istio|envoy)_\w+/.test(query))
    return "its query reads an application's own metrics, which the stand-in does not have";
  return undefined;
}

export type Measured =
  | { readonly kind: 'error-share'; readonly share: number }
  | { readonly kind: 'slow-share'; readonly share: number; readonly limitMs: number };

/**
 * The share of failing or slow requests at which a bound lies, or why it is none.
 * @param isGoodAbove as in a success rate; in an error rate or a latency good is below
 */
export function measuredShare(query: string, bound: number, isGoodAbove: boolean): Measured | { readonly why: string } {
  if (/histogram_quantile/.test(query)) return quantileShare(query, bound, isGoodAbove);
  if (/\bistio_\w+_sum\b/.test(query)) return { why: 'its query is a mean, which no share of requests decides' };
  if (!query.includes('/')) return { why: 'its query is no ratio, so its limit is no share of requests' };
  const value = isPercentage(query) ? bound / 100 : bound;
  const share = Number((isGoodAbove ? 1 - value : value).toPrecision(6));
  if (!(share > 0 && share < 1)) return { why: `a limit of ${bound} is no share between 0 and 1` };
  if (/_bucket\b/.test(query)) return bucketShare(query, share, isGoodAbove);
  return countsFailures(query)
    ? { kind: 'error-share', share }
    : { why: 'its query does not tell answers with 5xx from others, so failures do not move it' };
}

function quantileShare(query: string, bound: number, isGoodAbove: boolean): Measured | { readonly why: string } {
  const [, quantile] = /histogram_quantile\(\s*([\d.]+)/.exec(query) ?? [];
  const share = Number((1 - Number(quantile)).toPrecision(6));
  if (!(share > 0 && share < 1) || isGoodAbove) return { why: 'its quantile or the side of its limit cannot be read' };
  return { kind: 'slow-share', share, limitMs: inMs(query, bound) };
}

/** Requests below one bound of the histogram, divided by all. */
function bucketShare(query: string, share: number, isGoodAbove: boolean): Measured | { readonly why: string } {
  const bounds = new Set([...query.matchAll(/\ble=~?"(\d+(?:\.\d+)?)/g)].map(([, bound]) => Number(bound)));
  const [limit, other] = bounds;
  const isRest = /\b1\s*-/.test(query);
  if (limit === undefined || other !== undefined || isRest === isGoodAbove)
    return { why: 'its query counts buckets of a histogram in a way that cannot be read' };
  return { kind: 'slow-share', share, limitMs: inMs(query, limit) };
}

function inMs(query: string, value: number): number {
  return /duration_seconds/.test(query) ? value * 1000 : value;
}

function isPercentage(query: string): boolean {
  return /\*\s*100(?![\d.])|(?<![\d.])100\s*\*/.test(query);
}

/** Whether a label of answers is asked for 2xx or 5xx: patterns of strangers are not run here. */
function countsFailures(query: string): boolean {
  return /response_code(?:_class)?\s*(?:=|!=|=~|!~)\s*"[^"]*[25]/.test(query);
}
