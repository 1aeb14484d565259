/**
 * What the service counts about itself. The hot path touches plain numbers only; prom-client reads them when scraped.
 *
 * Traffic only: probes, `/metrics` and `/-/` are never counted. Durations run from the arrival of the request's head to the
 * hand-over of the answer to the kernel.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * Envoy's default histogram bounds in ms (envoy: source/common/stats/histogram_impl.cc), so that a quantile computed here
 * and one computed from a proxy's histogram have the same resolution.
 */
const ENVOY_BUCKET_BOUNDS_MS: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];

interface StatusBook {
  readonly code: string;
  requests: number;
  sumMs: number;
  /** Per bucket, not cumulative; the last one is +Inf. */
  readonly buckets: Float64Array;
}

export class RequestMetrics {
  inFlight = 0;
  /** Requests whose client had gone before they were answered. */
  abandoned = 0;
  injectedErrors = 0;
  readonly #upstreamFailures: Map<string, number>;
  readonly #books: (StatusBook | undefined)[] = [];

  constructor(upstreamNames: readonly string[]) {
    this.#upstreamFailures = new Map(upstreamNames.map((name) => [name, 0]));
  }

  answered(status: number, durationMs: number): void {
    const book = this.#books[status] ?? this.#open(status);
    book.requests++;
    book.sumMs += durationMs;
    let bucket = 0;
    // Most answers fall into the first buckets, so a plain scan beats a binary search.
    while (bucket < ENVOY_BUCKET_BOUNDS_MS.length && durationMs > ENVOY_BUCKET_BOUNDS_MS[bucket]!) bucket++;
    book.buckets[bucket]!++;
  }

  upstreamFailed(name: string): void {
    this.#upstreamFailures.set(name, (this.#upstreamFailures.get(name) ?? 0) + 1);
  }

  /** A registry of its own; `labels` (service, version, pod) are on every series. */
  registry(labels: Readonly<Record<string, string>>): Registry {
    const registry = new Registry();
    registry.setDefaultLabels(labels);
    const registers = [registry];
    const metrics = this;
    new Counter({
      name: 'canaryproof_requests_total',
      help: 'Traffic requests answered, by status code',
      labelNames: ['code'],
      registers,
      collect() {
        this.reset();
        for (const book of metrics.#opened()) this.inc({ code: book.code }, book.requests);
      },
    });
    new DurationHistogram(registry, () => this.#opened());
    new Gauge({
      name: 'canaryproof_requests_in_flight',
      help: 'Traffic requests not answered yet',
      registers,
      collect() {
        this.set(metrics.inFlight);
      },
    });
    const total = (name: string, help: string, read: () => number) =>
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(read());
        },
      });
    total('canaryproof_injected_errors_total', 'Errors made on purpose', () => this.injectedErrors);
    total('canaryproof_requests_abandoned_total', 'Requests whose client left before the answer', () => this.abandoned);
    total('process_cpu_seconds_total', 'User and system CPU time of this process', cpuSeconds);
    new Counter({
      name: 'canaryproof_upstream_failures_total',
      help: 'Calls to an upstream without a successful answer',
      labelNames: ['upstream'],
      registers,
      collect() {
        this.reset();
        for (const [upstream, failures] of metrics.#upstreamFailures) this.inc({ upstream }, failures);
      },
    });
    new Gauge({
      name: 'process_resident_memory_bytes',
      help: 'Resident memory of this process',
      registers,
      collect() {
        this.set(process.memoryUsage.rss());
      },
    });
    return registry;
  }

  #open(status: number): StatusBook {
    const buckets = new Float64Array(ENVOY_BUCKET_BOUNDS_MS.length + 1);
    const book: StatusBook = { code: String(status), requests: 0, sumMs: 0, buckets };
    this.#books[status] = book;
    return book;
  }

  #opened(): StatusBook[] {
    return this.#books.filter((book) => book !== undefined);
  }
}

const DURATION = {
  name: 'canaryproof_request_duration_milliseconds',
  help: 'Time from a traffic request to its answer, by status code',
};

/** prom-client's own histogram observes value by value; this one is given finished bucket counts when scraped. */
class DurationHistogram extends Histogram<'code'> {
  readonly #read: () => readonly StatusBook[];

  constructor(registry: Registry, read: () => readonly StatusBook[]) {
    super({ ...DURATION, labelNames: ['code'], buckets: [...ENVOY_BUCKET_BOUNDS_MS], registers: [registry] });
    this.#read = read;
  }

  /** Where prom-client 15 takes a histogram's series from, for the text format and (through `get`) for JSON. */
  async getForPromString() {
    return { ...DURATION, type: 'histogram', aggregator: 'sum', values: this.#read().flatMap(seriesOf) };
  }
}

function seriesOf({ code, requests, sumMs, buckets }: StatusBook) {
  let cumulative = 0;
  const series = (suffix: string, value: number, labels: Record<string, string>) => ({
    metricName: `${DURATION.name}_${suffix}`,
    value,
    labels,
    sharedLabels: { code },
  });
  const bounds = [...ENVOY_BUCKET_BOUNDS_MS.map(String), '+Inf'].map((le, bucket) => {
    cumulative += buckets[bucket] ?? 0;
    return series('bucket', cumulative, { le });
  });
  return [...bounds, series('sum', sumMs, {}), series('count', requests, {})];
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
