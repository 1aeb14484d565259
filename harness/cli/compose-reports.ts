/** Connects `report` with the report writers. */
import { renderAll } from '../../reports/all-writers.ts';
import { remakeReport } from '../pipeline/remake-report.ts';
import type { RunProduct } from '../pipeline/run-product.ts';
import type { ReportRequest } from './services.ts';

export function remake({ runDirectory, checkEvidence }: ReportRequest): Promise<RunProduct> {
  return remakeReport(runDirectory, { render: renderAll, checkEvidence });
}
