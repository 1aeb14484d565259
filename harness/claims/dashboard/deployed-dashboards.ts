/** The dashboards of a claim as people would see them: of a ConfigMap what the cluster holds, of a file what Git holds. */
import type { KubeObject } from '../../../k8s/client/object.ts';
import type { FindingReport } from '../../../reports/model/run-report.ts';
import { asLabels } from '../../lint/manifest-set.ts';
import type { Scene } from '../../scene/scene.ts';
import type { DashboardClaim } from './dashboard-claim.ts';
import { unreadable } from './dashboard-findings.ts';
import { type DashboardModel, parseDashboard } from './grafana/dashboard-model.ts';
import { type StoredText, storedDashboards } from './grafana/read-dashboards.ts';

export interface DeployedDashboard {
  /** File in Git, and the key of the ConfigMap that is in it. */
  readonly place: string;
  readonly model: DashboardModel;
  /** Loaded from a file, and not by somebody who imports it and chooses its data sources. */
  readonly isProvisioned: boolean;
}

export interface DeployedDashboards {
  readonly dashboards: readonly DeployedDashboard[];
  readonly findings: readonly FindingReport[];
}

export async function deployedDashboards(claim: DashboardClaim, scene: Scene): Promise<DeployedDashboards> {
  const dashboards: DeployedDashboard[] = [];
  const findings: FindingReport[] = [];
  for (const path of claim.dashboards) {
    const { texts, problem } = storedDashboards(scene.source.files, path, claim.label);
    if (problem !== undefined) findings.push(unreadable(path, problem, 'observed'));
    for (const stored of texts) {
      const { place } = stored;
      const text = await deployedText(stored, claim.namespace, scene);
      const parsed = text === undefined ? { problem: 'is not in the ConfigMap of the cluster' } : parseDashboard(text);
      if ('problem' in parsed) findings.push(unreadable(place, parsed.problem, 'observed'));
      else dashboards.push({ place, model: parsed.dashboard, isProvisioned: stored.configMap !== undefined });
    }
  }
  return { dashboards, findings };
}

/** Git's, where the cluster has no such ConfigMap: another Application than the run's may bring it. */
async function deployedText(stored: StoredText, home: string, { client }: Scene): Promise<string | undefined> {
  if (!stored.configMap) return stored.text;
  const { name, namespace = home, key } = stored.configMap;
  const found: KubeObject | undefined = await client.get({ apiVersion: 'v1', resource: 'configmaps', namespace }, name);
  return found === undefined ? stored.text : asLabels(found.data)[key];
}
