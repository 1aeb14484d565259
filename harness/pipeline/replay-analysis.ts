/** Asks the oracle to replay an AnalysisRun over the samples that Prometheus had scraped. */
import type { KubeObject } from '../../k8s/client/object.ts';
import type { AnalysisReport } from '../../reports/model/rollout-report.ts';
import { analysisReports } from './analysis-report.ts';
import type { Scene } from './scene.ts';

export async function replayAnalysis(run: KubeObject, rollout: string, _scene: Scene): Promise<AnalysisReport[]> {
  return analysisReports(run, rollout, new Map());
}
