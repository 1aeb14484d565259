/** What the reader in a pod's network namespace prints: one JSON object a line, only when something changed. */
import type { ProxyCounters } from './proxy-counters.ts';
import type { ProxyRoute } from './proxy-routes.ts';
import type { Rejection } from './sync-status.ts';

export interface ReaderOrders {
  readonly routesUrl?: string;
  readonly countersUrl?: string;
  readonly syncUrl?: string;
  /** Fully qualified service names. */
  readonly hosts: readonly string[];
  readonly routesEveryMs: number;
  readonly countersEveryMs: number;
}

/** All times are Unix milliseconds; `since` is the last answer that still said otherwise. */
export type ReaderLine =
  | {
      readonly kind: 'route';
      readonly at: number;
      readonly since: number | undefined;
      readonly host: string;
      readonly route: ProxyRoute;
    }
  | ({ readonly kind: 'counters'; readonly at: number; readonly host: string } & ProxyCounters)
  | {
      readonly kind: 'rejections';
      readonly at: number;
      readonly since: number | undefined;
      readonly rejections: readonly Rejection[];
    }
  | { readonly kind: 'silent'; readonly at: number; readonly error: string }
  | {
      readonly kind: 'alive';
      readonly at: number;
      readonly polls: number;
      /** CPU of the reader itself since it started. */
      readonly cpuMs: number;
    };
