/** JSON Schema (draft 2020-12) of the report document, published as `run-report.schema.json` beside this file. */
import { z } from 'zod';
import { RUN_REPORT_SCHEMA_VERSION, runReportSchema } from './run-report.ts';

export function renderRunReportJsonSchema(): string {
  const { $schema, ...body } = z.toJSONSchema(runReportSchema, { target: 'draft-2020-12' });
  const schema = {
    $schema,
    $id: `urn:canaryproof:run-report:${RUN_REPORT_SCHEMA_VERSION}`,
    title: 'canaryproof run report',
    description: 'result.json of a run directory. Times are Unix milliseconds, shares are 0 to 1.',
    ...body,
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
