/** Connects `report` with the report writers. */
import { renderAll } from '../../../reports/all-writers.ts';
import type { RunProduct } from '../../ports/run-product.ts';
import { remakeReport } from '../../run-directory/remake-report.ts';
import type { ReportRequest } from '../record-requests.ts';

/**
 * The reports of a kept run, made again from its result.json without a cluster.
 * @throws HarnessError when it is no run directory, or its evidence is not what was recorded
 */
export function remake({ runDirectory, checkEvidence }: ReportRequest): Promise<RunProduct> {
  return remakeReport(runDirectory, { render: renderAll, checkEvidence });
}
