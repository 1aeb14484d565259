/** What can be said of a dashboard before anything runs: whether it can be read, and by whom its panels are to be answered. */
import type { Finding } from '../../lint/manifest-set.ts';
import type { LintContext } from '../claim-kind.ts';
import type { DashboardClaim } from './dashboard-claim.ts';
import { unreadable } from './dashboard-findings.ts';
import { parseDashboard } from './grafana/dashboard-model.ts';
import { provisionedSources, storedDashboards } from './grafana/read-dashboards.ts';

/** DASHBOARD_UNREADABLE, DASHBOARD_SOURCES_MISSING. What panels ask depends on values of the run. */
export function lintDashboards(claim: DashboardClaim, { files, where }: LintContext): readonly Finding[] {
  const findings: Finding[] = [];
  for (const path of claim.dashboards) {
    const { texts, problem } = storedDashboards(files, path, claim.label);
    if (problem !== undefined) findings.push(unreadable(path, problem, 'manifest'));
    for (const { place, text } of texts) {
      const parsed = parseDashboard(text);
      if ('problem' in parsed) findings.push(unreadable(place, parsed.problem, 'manifest'));
    }
  }
  const { dataSources } = claim;
  if (dataSources !== undefined && provisionedSources(files, dataSources).length === 0)
    findings.push({
      ...{ code: 'DASHBOARD_SOURCES_MISSING', layer: 'manifest', severity: 'error', where },
      sentence: `${dataSources} provisions no data source`,
      hint: 'Name a file in Git with `datasources:`, or a ConfigMap that holds one.',
    });
  return findings;
}
