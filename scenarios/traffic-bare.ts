/** The load of traffic-split without evidence: what harness/bench/evidence-path.ts compares it with. */
import http from 'k6/http';
import type { Options } from 'k6/options';
import { injectedRequest as request } from './shared/injected-request.ts';
import { loadOptions } from './shared/load-options.ts';
import { type SummaryData, writeOptions, writeSummary } from './shared/own-books.ts';

export const options: Options = loadOptions(request);

const method = request.method ?? 'GET';
const params = { headers: request.headers, redirects: 0, timeout: request.requestTimeoutMs };

export function setup(): void {
  writeOptions();
}

export default function requestOnce(): void {
  http.request(method, request.url, null, params);
}

export function handleSummary(data: SummaryData): object {
  writeSummary(data);
  return {};
}
