/**
 * SARIF 2.1.0 (OASIS): one run, a rule for each code, a result for each finding with file and line as in the repository.
 * Findings that are known stay in, as suppressed or unchanged, so that a viewer can tell them apart.
 */
import type { LintFinding, LintReport, LintSeverity } from '../model/lint-report.ts';

const LEVEL: Readonly<Record<LintSeverity, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
};

export function renderSarif(report: LintReport): string {
  const codes = [...new Set(report.findings.map(({ code }) => code))].sort();
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: report.tool.name,
            semanticVersion: report.tool.version,
            rules: codes.map((id) => ({
              id,
              name: ruleName(id),
              shortDescription: { text: `${sentenceCase(id)}.` },
              defaultConfiguration: { level: LEVEL[worstOf(report, id)] },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { SRCROOT: { description: { text: 'The root of the repository.' } } },
        results: report.findings.map((finding) => resultOf(finding, codes.indexOf(finding.code), report)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function resultOf(finding: LintFinding, ruleIndex: number, report: LintReport): object {
  const { code, severity, sentence, hint, units, fingerprint, state, reason, value } = finding;
  return {
    ruleId: code,
    ruleIndex,
    level: LEVEL[severity],
    message: { text: hint === undefined ? sentence : `${sentence}\n${hint}` },
    ...(finding.file === undefined ? {} : { locations: [locationOf(finding, finding.file)] }),
    partialFingerprints: { 'canaryproofFinding/v1': fingerprint },
    ...(report.changedSince || state === 'baseline'
      ? { baselineState: state === 'old' || state === 'baseline' ? 'unchanged' : 'new' }
      : {}),
    ...(state === 'ignored' ? { suppressions: [{ kind: 'inSource', justification: reason ?? '' }] } : {}),
    ...(state === 'baseline' ? { suppressions: [{ kind: 'external' }] } : {}),
    properties: { units, ...(value === undefined ? {} : { value }) },
  };
}

function locationOf({ line, column }: LintFinding, file: string): object {
  return {
    physicalLocation: {
      artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: 'SRCROOT' },
      ...(line === undefined
        ? {}
        : { region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) } }),
    },
  };
}

function worstOf({ findings }: LintReport, code: string): LintSeverity {
  const found = findings.filter((finding) => finding.code === code).map(({ severity }) => severity);
  return found.includes('error') ? 'error' : found.includes('warning') ? 'warning' : 'info';
}

/** `ROUTE_WEIGHTS_SUM` as `RouteWeightsSum`. */
function ruleName(code: string): string {
  return code
    .toLowerCase()
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function sentenceCase(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
