/** What is wrong with a query, in words. */
import type { PanelProblem, PanelQuery } from '../grafana/panel-queries.ts';
import type { PanelAnswer } from './ask-panel.ts';
import type { Expected } from './expected-value.ts';
import type { Signal } from './metric-reading.ts';

export const labelOf = ({ panel, refId, mode }: PanelQuery) =>
  `${panel} ${refId}${mode === 'instant' ? ' (instant)' : ''}`;

export function figures({ values }: PanelAnswer): string {
  const shown = values.slice(0, 3).map(({ value }) => short(value));
  return `${shown.join(', ')}${values.length > shown.length ? ` and ${values.length - shown.length} more` : ''}`;
}

const short = (value: number) => (Number.isFinite(value) ? String(Number(value.toPrecision(3))) : String(value));
export const bounds = ({ low, high }: Expected) => (low === high ? short(low) : `${short(low)} to ${short(high)}`);

const problem = (code: string, { panel }: PanelQuery, sentence: string, hint: string): PanelProblem => ({
  ...{ code, panel, sentence, hint },
});

export function refused(query: PanelQuery, words: string): PanelProblem {
  return problem(
    'DASHBOARD_QUERY_REFUSED',
    query,
    `Prometheus refuses query ${query.refId}: ${words}: ${query.expr}`,
    'Correct the query; a $variable that is still in it is one that the dashboard does not define.',
  );
}

export function empty(query: PanelQuery, signals: ReadonlySet<Signal>): PanelProblem {
  return problem(
    'DASHBOARD_PANEL_EMPTY',
    query,
    `query ${query.refId} returns nothing while its traffic runs: ${query.expr}`,
    signals.has('errors')
      ? 'Without an error there is no such series: add `or vector(0)`, or let the claim make some (errors). Else compare names and labels with what Prometheus has.'
      : 'Compare the names of metrics, labels and values with what Prometheus has.',
  );
}

export function notFinite(query: PanelQuery, value: number | undefined, service?: string): PanelProblem {
  return problem(
    'DASHBOARD_VALUE_NOT_FINITE',
    query,
    `query ${query.refId} says ${value}${service === undefined ? '' : ` of ${service}`} while its traffic runs: ${query.expr}`,
    'It divides by nothing, or takes a quantile of nothing: look at the series below the division.',
  );
}

export function differs(query: PanelQuery, service: string, answer: PanelAnswer, expected: Expected): PanelProblem {
  const total = answer.values.reduce((sum, { value }) => sum + value, 0);
  const said = expected.of === 'sum' ? short(total) : figures(answer);
  const isDouble = expected.of === 'sum' && expected.low > 0 && total / 2 >= expected.low && total / 2 <= expected.high;
  return problem(
    'DASHBOARD_VALUE_DIFFERS',
    query,
    `query ${query.refId} says ${said} of ${service}, and by what clients did it is ${bounds(expected)}: ${query.expr}`,
    isDouble
      ? 'It counts every request twice, at the client’s proxy and at the server’s: choose one by reporter="source" or reporter="destination".'
      : 'Look at the labels that it selects, at its factor, and at the length of its window.',
  );
}

export function wrongUnit(query: PanelQuery, service: string, answer: PanelAnswer, why: string): PanelProblem {
  return problem(
    'DASHBOARD_VALUE_DIFFERS',
    query,
    `query ${query.refId} says ${figures(answer)} of ${service}, shown in the unit ${query.unit}, and ${why}: ${query.expr}`,
    'Choose the unit that the query has: Istio’s durations are in milliseconds (ms), `rate` is per second (reqps), a share is of one (percentunit).',
  );
}

export function isForeign(query: PanelQuery, what: string): PanelProblem {
  return problem(
    'DASHBOARD_TRAFFIC_FOREIGN',
    query,
    `query ${query.refId} returns data, but it ${what}: ${query.expr}`,
    'Correct the Service or the namespace that it selects, or say in the claim which Services a request reaches (services, calls).',
  );
}
