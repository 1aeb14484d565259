/**
 * What Envoy's outlier detection promises to the clients of one proxy, as bounds on what can be counted at receivers and
 * seen by clients. Pure. Envoy 1.3x, source/common/upstream/outlier_detection_impl.cc, and Istio 1.3x,
 * pilot/pkg/networking/core/cluster_traffic_policy.go (`applyOutlierDetection`):
 *
 * - **Number.** Every proxy counts errors in a row of each host by itself (worker threads share the counter). At the declared
 *   one the worker posts to the main thread, which ejects the host: inline, and not at the next sweep. So the host gets
 *   exactly that many, and those that were already under way when the last of them was answered. How long the posts take
 *   depends on what else these threads do: TAKEN_OVER_MS.
 * - **Time.** A sweep every `interval` takes back a host that has been out for `baseEjectionTime` times the backoff (1 for
 *   the first ejection; Istio sets no jitter). So it is out for at least that, and comes back with a sweep at most one
 *   `interval` later. The backoff falls by one with every sweep from one interval after the return on.
 * - **Most.** A host goes only while 100 · (ejected + 1) / hosts is not above `maxEjectionPercent` (`always_eject_one_host`
 *   is off, unlike in Envoy before 1.26): floor(hosts · percent / 100) at a time.
 * - **Handing on.** Worker threads learn of the first ejection at once, and of those within a second after it together, at
 *   the end of that second (source/common/upstream/cluster_manager_impl.cc, `scheduleUpdate`: `update_merge_window` of the
 *   cluster, by default 1 s). Until then the others go on to get requests: HANDED_ON_MS.
 * - **Panic.** Istio sets the panic threshold to 0 beside it, so that ejected hosts get nothing however few are left.
 *
 * A host that is not ejected is chosen with every request at a chance of 1/hosts (least request and random), or by turns.
 * Who got none of so many requests that this has a chance of a millionth is out: `silentAfter`.
 */

export interface DeclaredEjection {
  readonly consecutiveErrors: number;
  readonly intervalMs: number;
  readonly baseEjectionMs: number;
  readonly maxEjectionPercent: number;
}

export interface EjectionBounds extends DeclaredEjection {
  /** Endpoints that may be out at a time. */
  readonly ejectable: number;
  /** Requests in a row of which an endpoint that is not ejected gets one. */
  readonly silentAfter: number;
  /** Between the ejection and the first answer of the endpoint that is back. */
  readonly backAfterMs: { readonly least: number; readonly most: number };
  /** Sweeps that take the backoff of a run before this one away. */
  readonly settleMs: number;
  /** What so many requests take. */
  readonly silenceMs: number;
}

const MISSED = 1e-6;
/** Posts between threads of a proxy that stands still for longer are no evidence against it. */
export const TAKEN_OVER_MS = 250;
/** A proxy whose main thread gets its turn only then is held up by the machine: no verdict on its count. */
export const HELD_UP_MS = 1_000;
const MERGE_WINDOW_MS = 1_000;
/** After the error that ejects a second endpoint. */
export const HANDED_ON_MS = MERGE_WINDOW_MS + TAKEN_OVER_MS;
/** This claim ejects an endpoint twice. */
const MOST_BACKOFF = 2;

export function ejectionBounds(declared: DeclaredEjection, endpoints: number, ratePerSecond: number): EjectionBounds {
  const { intervalMs, baseEjectionMs, maxEjectionPercent } = declared;
  const silentAfter = Math.ceil(Math.log(MISSED) / Math.log(1 - 1 / endpoints));
  const silenceMs = (silentAfter * 1000) / ratePerSecond;
  return {
    ...declared,
    ...{ silentAfter, silenceMs },
    ejectable: Math.floor((endpoints * maxEjectionPercent) / 100),
    backAfterMs: { least: baseEjectionMs, most: baseEjectionMs + intervalMs + 2 * TAKEN_OVER_MS + silenceMs },
    settleMs: (1 + MOST_BACKOFF) * intervalMs,
  };
}

/** Where the first endpoint went later than declared, the others will, too: that is said once. */
export const atNumber = (bounds: EjectionBounds, arrived: number): EjectionBounds => ({
  ...bounds,
  consecutiveErrors: Math.max(bounds.consecutiveErrors, arrived),
});

/** How long a claim of this kind waits for what, at most. */
export function longestMs(bounds: EjectionBounds, endpoints: number, ratePerSecond: number) {
  const { consecutiveErrors, backAfterMs, baseEjectionMs, silenceMs } = bounds;
  return {
    /** Until every endpoint answers, one that an earlier run had ejected as well. */
    all: MOST_BACKOFF * baseEjectionMs + backAfterMs.most,
    /** Until an endpoint had its errors: several times what they take on the average. */
    errors:
      (4 * consecutiveErrors * endpoints * 1000) / ratePerSecond + 2 * silenceMs + bounds.intervalMs + HANDED_ON_MS,
    back: backAfterMs.most,
  };
}
