/** The report of a run as text. */

import path from 'node:path';
import { EXIT, HarnessError } from '../../errors/harness-error.ts';
import type { RunProduct } from '../../ports/run-product.ts';

/** The file a person opens first. */
export function mainReport(product: RunProduct): string {
  const name = product.files.has('report.html') ? 'report.html' : 'result.json';
  return path.join(product.directory, name);
}

/** @throws HarnessError REPORT_MISSING (exit 70) when the run has no report of that name */
export function reportText(product: RunProduct, name: string): string {
  const content = product.files.get(name);
  if (content === undefined)
    throw new HarnessError('REPORT_MISSING', EXIT.internal, `the reports of this run have no ${name}`, {
      hint: 'This is a bug of canaryproof; please report it.',
    });
  return typeof content === 'string' ? content : Buffer.from(content).toString('utf8');
}
