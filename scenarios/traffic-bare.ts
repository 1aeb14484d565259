/** The load of traffic-split without evidence: what harness/bench/evidence-path.ts compares it with. */
import http from 'k6/http';
import type { Options } from 'k6/options';
import { injectedValues, params, url } from './shared/injected-values.ts';
import { type SummaryData, writeOptions, writeSummary } from './shared/own-books.ts';

export const options: Options = injectedValues.options;

const { method } = injectedValues;

export function setup(): void {
  writeOptions();
}

export default function requestOnce(): void {
  http.request(method, url, null, params);
}

export function handleSummary(data: SummaryData): object {
  writeSummary(data);
  return {};
}
