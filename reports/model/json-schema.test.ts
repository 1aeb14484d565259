import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { renderRunReportJsonSchema } from './json-schema.ts';
import { sampleReport } from './samples/sample-report.ts';

test('the published schema is the one that the code reads (vitest -u renews it)', async () => {
  await expect(renderRunReportJsonSchema()).toMatchFileSnapshot('./run-report.schema.json');
});

test('an independent validator accepts reports and refuses unknown or missing fields', () => {
  const validate = new Ajv2020().compile(JSON.parse(renderRunReportJsonSchema()) as object);
  const report = sampleReport('invalid');
  expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...report, extra: true })).toBe(false);
  const { outcome: _, ...without } = report;
  expect(validate(without)).toBe(false);
});
