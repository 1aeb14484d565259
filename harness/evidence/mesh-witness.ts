/**
 * Witnesses of the mesh's own programs beside a run: whether the pods of istiod and of the gateways stay ready, and
 * whether Prometheus can still read them. Their loops are timed by the control requests (environment-watch.ts), one of
 * which the gateway answers by itself and one istiod behind it.
 */
import type { KubeObject } from '../../k8s/client/object.ts';
import { isPodReady } from '../../k8s/client/readiness.ts';
import type { ScrapedTarget } from './query-probe.ts';

export interface MeshTrouble {
  readonly pod: string;
  readonly what: 'not-ready' | 'scrapes-missed';
  readonly fromMs: number;
  /** Undefined: it is so still. */
  readonly toMs: number | undefined;
  /** Scrapes that should have been made meanwhile. */
  readonly missed?: number;
}

export interface MeshWitness {
  /** For every event of a watch of the pods in Istio's namespace. */
  pod(type: string, object: KubeObject): void;
  /** For every look at who is scraped. */
  targets(seen: readonly ScrapedTarget[]): void;
  /** Everything so far, in the order in which it began. */
  readonly troubles: readonly MeshTrouble[];
  /** Pods that were looked at. */
  readonly pods: ReadonlySet<string>;
}

/** The last scrape is over by then; the one after it as well, unless it did not come. */
const STALE_INTERVALS = 3;
const NAMES = /^(istiod|istio-ingressgateway)/;

/** @param onTrouble when one begins, and when it is over */
export function createMeshWitness(now: () => number, onTrouble: (trouble: MeshTrouble) => void): MeshWitness {
  const troubles: MeshTrouble[] = [];
  const pods = new Set<string>();
  const wasReady = new Set<string>();
  const openAt = (pod: string, what: MeshTrouble['what']) =>
    troubles.findIndex((one) => one.pod === pod && one.what === what && one.toMs === undefined);
  const set = (trouble: MeshTrouble) => {
    const place = openAt(trouble.pod, trouble.what);
    if (place < 0) troubles.push(trouble);
    else troubles[place] = trouble;
    if (place < 0 || trouble.toMs !== undefined) onTrouble(trouble);
  };
  const close = (pod: string, what: MeshTrouble['what'], change: Partial<MeshTrouble> = {}) => {
    const open = troubles[openAt(pod, what)];
    if (open) set({ ...open, ...change, toMs: now() });
  };
  return {
    troubles,
    pods,
    pod(type, object) {
      const { name, deletionTimestamp } = object.metadata;
      if (!NAMES.test(name)) return;
      if (type === 'DELETED' || deletionTimestamp !== undefined) {
        wasReady.delete(name);
        return close(name, 'not-ready');
      }
      pods.add(name);
      if (isPodReady(object)) {
        wasReady.add(name);
        close(name, 'not-ready');
      } else if (wasReady.has(name) && openAt(name, 'not-ready') < 0)
        set({ pod: name, what: 'not-ready', fromMs: now(), toMs: undefined });
    },
    targets(seen) {
      for (const { labels, intervalMs, lastScrapeMs } of seen) {
        const name = Object.values(labels).find((value) => NAMES.test(value));
        // one that was never scraped has a time before all times
        if (name === undefined || !(intervalMs > 0) || !(lastScrapeMs > 0)) continue;
        const pod = labels.pod ?? labels.instance ?? name;
        const missed = Math.floor((now() - lastScrapeMs) / intervalMs) - 1;
        if (missed >= STALE_INTERVALS - 1)
          set({ pod, what: 'scrapes-missed', fromMs: lastScrapeMs, toMs: undefined, missed });
        else close(pod, 'scrapes-missed');
      }
    },
  };
}
