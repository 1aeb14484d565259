/** The queries of all dashboards of a claim, with their variables as somebody who opens them now would have them. */
import type { FindingReport } from '../../../reports/model/run-report.ts';
import type { ManifestFile } from '../../lint/manifest-set.ts';
import type { DashboardClaim } from './dashboard-claim.ts';
import { knownSources, panelFinding } from './dashboard-findings.ts';
import type { DeployedDashboard } from './deployed-dashboards.ts';
import type { DashboardModel } from './grafana/dashboard-model.ts';
import { type PanelQuery, queriesOf } from './grafana/panel-queries.ts';
import type { DataSource } from './grafana/read-dashboards.ts';
import type { VariableValue } from './grafana/template-text.ts';
import { resolveVariables } from './grafana/template-variables.ts';
import { intervalsOf, replaceMacros } from './grafana/time-macros.ts';
import { type Ask, type TimeRange, variableSource } from './queries/ask-panel.ts';

export interface PlacedQuery {
  readonly place: string;
  readonly query: PanelQuery;
}

export interface DashboardsQueries {
  readonly panels: number;
  readonly queries: readonly PlacedQuery[];
  readonly findings: readonly FindingReport[];
}

export async function queriesOfAll(
  dashboards: readonly DeployedDashboard[],
  claim: DashboardClaim,
  { files, ask, range }: { readonly files: readonly ManifestFile[]; readonly ask: Ask; readonly range: TimeRange },
): Promise<DashboardsQueries> {
  const sources = knownSources(claim, files);
  const rangeMs = range.toMs - range.fromMs;
  const plain = { rangeMs, scrape: undefined, panelInterval: undefined, minStep: undefined };
  const intervals = intervalsOf({ ...plain, maxDataPoints: 1_000, intervalFactor: 1 });
  const all = await Promise.all(
    dashboards.map(async ({ place, model, isProvisioned }) => {
      const resolved = await resolveVariables(model.templating?.list ?? [], {
        ...{ sources, prometheus: variableSource(ask, range) },
        macros: (text) => replaceMacros(text, intervals),
      });
      const chosen = isProvisioned ? [] : importedSources(model, sources);
      const variables = { ...resolved, values: new Map([...chosen, ...resolved.values]) };
      const { panels, queries, problems } = queriesOf(model, { sources, variables, rangeMs });
      const unresolved = variables.problems.map(
        ({ name, words }): FindingReport => ({
          ...{ code: 'DASHBOARD_VARIABLE_UNREAD', layer: 'observed', severity: 'error', where: place },
          sentence: `the variable ${name} has a pattern that is not read: ${words}`,
          hint: 'Patterns are run in linear time, without looking ahead or back.',
        }),
      );
      return {
        panels,
        queries: queries.map((query) => ({ place, query })),
        findings: [...unresolved, ...problems.map((problem) => panelFinding(problem, place, 'observed'))],
      };
    }),
  );
  return {
    panels: all.reduce((sum, { panels }) => sum + panels, 0),
    queries: all.flatMap(({ queries }) => queries),
    findings: all.flatMap(({ findings }) => findings),
  };
}

/** What an export leaves open (`${DS_…}`), as whoever imports it would choose; of a provisioned file it stays open. */
function importedSources(
  { __inputs: inputs }: DashboardModel,
  sources: readonly DataSource[],
): readonly (readonly [string, VariableValue])[] {
  return (inputs ?? []).flatMap(({ name, type, pluginId }) => {
    const found = type === 'datasource' ? sources.find((source) => source.type === pluginId) : undefined;
    return found ? [[name, { name, value: found.uid ?? found.name, text: found.name, isRegex: false }] as const] : [];
  });
}
