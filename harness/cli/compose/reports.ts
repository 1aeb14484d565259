/** Connects `report` with the report writers. */
import { renderAll } from '../../../reports/all-writers.ts';
import type { RunProduct } from '../../ports/run-product.ts';
import { remakeReport } from '../../run-directory/remake-report.ts';
import type { ReportRequest } from '../services.ts';

export function remake({ runDirectory, checkEvidence }: ReportRequest): Promise<RunProduct> {
  return remakeReport(runDirectory, { render: renderAll, checkEvidence });
}
