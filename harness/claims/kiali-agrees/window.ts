/**
 * The window that Kiali is asked about and clients are counted in. It lies inside of the load: a series that began in the
 * window would lack what was counted before its first scrape.
 */

/** So many, and the two ends that no scrape sees are a tenth of it. */
export const SCRAPES_IN_WINDOW = 20;
/** A new series is scraped once, and once more in case its target has only been found. */
const LEAD_SCRAPES = 3;
const FIRST_ANSWERS_MS = 2_000;
/** Kiali's clock and its Prometheus' beside ours. */
export const CLOCKS_APART_MS = 1_000;

export interface Window {
  /** Unix seconds, as Kiali takes it. */
  readonly endS: number;
  readonly lengthS: number;
}

/** Whole seconds, because Kiali cuts off the rest. */
export function windowLengthS(windowMs: number | undefined, scrapeMs: number): number {
  return Math.ceil((windowMs ?? SCRAPES_IN_WINDOW * scrapeMs) / 1000);
}

/** From the first answer of the load to the beginning of the window. */
export function leadMs(scrapeMs: number): number {
  return LEAD_SCRAPES * scrapeMs + FIRST_ANSWERS_MS;
}
