/** What is wrong with a dashboard, as findings: file, panel, sentence, hint. */
import type { FindingReport } from '../../../reports/model/run-report.ts';
import type { ManifestFile } from '../../lint/manifest-set.ts';
import { ASSUMED_SOURCE } from './grafana/data-source-of.ts';
import type { PanelProblem } from './grafana/panel-queries.ts';
import type { DataSource } from './grafana/read-dashboards.ts';
import { provisionedSources } from './grafana/read-dashboards.ts';

export function panelFinding(
  { code, panel, sentence, hint }: PanelProblem,
  place: string,
  layer: FindingReport['layer'],
): FindingReport {
  return {
    code,
    layer,
    severity: 'error',
    sentence: `panel ${JSON.stringify(panel)}: ${sentence}`,
    where: place,
    hint,
  };
}

export function unreadable(place: string, problem: string, layer: FindingReport['layer']): FindingReport {
  return {
    ...{ code: 'DASHBOARD_UNREADABLE', layer, severity: 'error' },
    sentence: `it ${problem}`,
    where: place,
    hint: 'Name a file in Git that holds the JSON model of a dashboard, or a ConfigMap with the label that the sidecar looks for.',
  };
}

export function signalMissing(signal: string, places: readonly string[], layer: FindingReport['layer']): FindingReport {
  return {
    ...{ code: 'DASHBOARD_SIGNAL_MISSING', layer, severity: 'error' },
    sentence: `no panel reads ${signal}`,
    where: places.join(', '),
    hint: HINTS[signal] ?? 'Add a panel.',
  };
}

const HINTS: Readonly<Record<string, string>> = {
  latency: 'Add a quantile of durations, such as histogram_quantile over istio_request_duration_milliseconds_bucket.',
  traffic: 'Add a rate of requests, such as of istio_requests_total.',
  errors: 'Add the rate or the share of failing requests, such as response_code=~"5..".',
  saturation:
    'Add how full something is: processor, memory, a queue, a pool, or the requests under way (the rate of istio_request_duration_milliseconds_sum over 1000).',
};

/** The data sources that Grafana has, by Git or by the claim; without either one Prometheus. */
export function knownSources(
  {
    dataSources,
    prometheus,
  }: {
    readonly dataSources: string | undefined;
    readonly prometheus: { readonly name: string; readonly uid?: string | undefined } | undefined;
  },
  files: readonly ManifestFile[],
): readonly DataSource[] {
  const own = prometheus ? [{ ...ASSUMED_SOURCE, name: prometheus.name, uid: prometheus.uid }] : [];
  const provisioned = dataSources === undefined ? [] : provisionedSources(files, dataSources);
  const known = [...own, ...provisioned];
  return known.length === 0 && dataSources === undefined ? [ASSUMED_SOURCE] : known;
}
