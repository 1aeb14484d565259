import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { sampleLintReport } from '../model/samples/sample-lint-report.ts';
import { renderSarif } from './sarif-log.ts';

/** The schema of OASIS (2.1.0-rtm.5), as Microsoft's package keeps it; written for draft 4, of which it uses nothing else. */
function readSchema(): (log: unknown) => string[] {
  const file = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  const { $schema: _draft, id: _id, ...schema } = JSON.parse(readFileSync(file, 'utf8'));
  const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false, unicodeRegExp: false }).compile(
    schema,
  );
  return (log) =>
    validate(log) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const problems = readSchema();

test('a log with every kind of finding holds to the schema', () => {
  expect(problems(JSON.parse(renderSarif(sampleLintReport())))).toEqual([]);
  const { changedSince: _since, ...whole } = sampleLintReport();
  expect(problems(JSON.parse(renderSarif(whole)))).toEqual([]);
  expect(problems(JSON.parse(renderSarif(sampleLintReport({ findings: [] }))))).toEqual([]);
});

test('the schema sees a log that breaks it', () => {
  const log = JSON.parse(renderSarif(sampleLintReport()));
  log.runs[0].results[0].level = 'fatal';
  log.runs[0].results[1].locations[0].physicalLocation.region.startLine = 0;
  delete log.runs[0].tool.driver.name;
  const found = problems(log);
  expect(found).toContainEqual(expect.stringContaining('/runs/0/results/0/level'));
  expect(found).toContainEqual(expect.stringContaining('startLine'));
  expect(found).toContainEqual(expect.stringContaining("required property 'name'"));
});

test('file and line are those of the repository, each code is a rule, and what is known is told apart', () => {
  const [run] = JSON.parse(renderSarif(sampleLintReport())).runs;
  const { results, tool } = run;
  expect(results[0]).toMatchObject({
    ruleId: 'ROUTE_WEIGHTS_SUM',
    level: 'error',
    baselineState: 'new',
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: 'app/my%20routes.yaml', uriBaseId: 'SRCROOT' },
          region: { startLine: 12, startColumn: 1 },
        },
      },
    ],
  });
  for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex].id).toBe(ruleId);
  expect(
    results.map(({ suppressions = [] }: { suppressions?: { kind: string }[] }) => suppressions.map(({ kind }) => kind)),
  ).toEqual([[], [], [], ['inSource'], [], ['external'], []]);
  expect(results.map(({ baselineState }: { baselineState: string }) => baselineState)).toEqual([
    'new',
    'new',
    'new',
    'new',
    'unchanged',
    'unchanged',
    'new',
  ]);
  // a finding about the whole repository has no place
  expect(results[6]).not.toHaveProperty('locations');
});
