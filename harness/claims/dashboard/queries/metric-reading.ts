/**
 * What a query's selectors read, by the names and labels that are standard: Istio's metrics
 * (https://istio.io/latest/docs/reference/config/metrics/), and for the golden signals also what Envoy, Kubernetes, cAdvisor,
 * node and client libraries call theirs (https://sre.google/sre-book/monitoring-distributed-systems/, "The Four Golden Signals").
 */
import type { SelectorExpr } from '../../../oracle/promql/promql-tree.ts';

export const SIGNALS = ['latency', 'traffic', 'errors', 'saturation'] as const;
export type Signal = (typeof SIGNALS)[number];

export const ISTIO_REQUESTS = 'istio_requests_total';
export const ISTIO_DURATION = 'istio_request_duration_milliseconds';

/** Labels that hold the status of an answer. */
const STATUS =
  /^(response_code|code|status|status_code|http_status|http_code|http_status_code|http_response_status_code)$/;
const GRPC_STATUS = /^(grpc_response_status|grpc_code)$/;
const DURATION = /(duration|latency|response_time|request_time|rq_time|elapsed)/i;
const COUNTS_REQUESTS =
  /(requests?|_rq|handled|calls|hits|queries)(_count)?_total$|_requests_count$|(requests?_(duration|latency)|duration|latency)\w*_count$|_rq_completed$|_rq_total$/i;
const FAILURES = /(error|fail|5xx|exception|panic)/i;
/** Of machines and their networks, whose errors are nobody's requests. */
const OF_MACHINES = /^(node|container|kube|kubelet|machine)_/;
const FULLNESS =
  /(cpu|memory|mem_|_heap|resident|working_set|throttl|_load1?5?$|filesystem|disk_|in_?flight|queue|pending|concurren|_active|threads?|goroutines|pool|utili[sz]ation|saturat|limit|overflow|backlog)/i;

export function metricName({ name, matchers }: Pick<SelectorExpr, 'name' | 'matchers'>): string {
  return name ?? matchers.find(({ label }) => label === '__name__')?.value ?? '';
}

export type Part =
  | 'requests'
  | 'failures'
  | 'successes'
  | 'duration-bucket'
  | 'duration-sum'
  | 'duration-count'
  /** As it is: of a summary, or a gauge. */
  | 'duration'
  | 'fullness'
  | 'other';

/** What one selector reads; a status label that lets through one side only says which requests. */
export function readingOf(selector: Pick<SelectorExpr, 'name' | 'matchers'>): Part {
  const name = metricName(selector);
  if (isOverflow(selector)) return 'fullness';
  if (DURATION.test(name) && /_bucket$/.test(name)) return 'duration-bucket';
  if (DURATION.test(name) && /_sum$/.test(name)) return 'duration-sum';
  if (COUNTS_REQUESTS.test(name)) {
    const side = statusSide(selector);
    if (side !== undefined) return side;
    return DURATION.test(name) ? 'duration-count' : FAILURES.test(name) ? 'failures' : 'requests';
  }
  // its own count of failures goes before what else its name says
  if (FAILURES.test(name) && !OF_MACHINES.test(name)) return 'failures';
  if (FULLNESS.test(name)) return 'fullness';
  return DURATION.test(name) ? 'duration' : 'other';
}

/** Spellings of a status: a matcher that knows one of them says nothing of the others. */
const SPELLINGS = [
  {
    label: STATUS,
    works: '200',
    fails: ['500', '502', '503', '504'],
    refuses: ['400', '401', '403', '404', '409', '429'],
  },
  { label: STATUS, works: '2xx', fails: ['5xx'], refuses: ['4xx'] },
  { label: GRPC_STATUS, works: '0', fails: ['2', '4', '13', '14'], refuses: ['3', '5', '7'] },
  {
    label: GRPC_STATUS,
    works: 'OK',
    fails: ['Unknown', 'Internal', 'Unavailable'],
    refuses: ['InvalidArgument', 'NotFound'],
  },
] as const;

function statusSide({ matchers }: Pick<SelectorExpr, 'matchers'>): 'failures' | 'successes' | undefined {
  if (matchers.some(({ label, accepts }) => label === 'response_flags' && !accepts('-'))) return 'failures';
  for (const { label, works, fails, refuses } of SPELLINGS) {
    const own = matchers.filter((one) => label.test(one.label));
    const lets = (value: string) => own.every(({ accepts }) => accepts(value));
    if (lets(works) && !fails.some(lets)) return 'successes';
    if (!lets(works) && [...fails, ...refuses].some(lets)) return 'failures';
  }
  return undefined;
}

/** Refused because a pool of connections or a queue was full (Envoy's response flag UO). */
function isOverflow({ matchers }: Pick<SelectorExpr, 'matchers'>): boolean {
  return matchers.some(
    ({ label, accepts }) => label === 'response_flags' && accepts('UO') && !accepts('-') && !accepts('UF'),
  );
}

export const isStatusLabel = (label: string) => STATUS.test(label) || GRPC_STATUS.test(label);
