/**
 * Security scanners: how each is started, and whether what it finds makes it fail. Pure. By the documentation of each:
 * Trivy ends with 0 unless told otherwise, Grype unless it has `--fail-on`, the scanners of Sonar unless they wait for the
 * quality gate, `semgrep scan` unless it has `--error`; CodeQL only reports, and `snyk monitor` too.
 */

/** One start of a scanner: by an action or task, or by a command line. */
export interface ScanStart {
  readonly uses: string | undefined;
  readonly inputs: Readonly<Record<string, string>>;
  /** The command line, continued lines joined; empty for an action. */
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Text of a file of the repository. */
  read(path: string): string | undefined;
}

export const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Scanner {
  readonly name: string;
  /** Name of the action or task, in lower case and without its version. */
  readonly action: RegExp;
  readonly command: RegExp;
  /** Why what it finds does not make it fail; undefined where it does. */
  toothless(start: ScanStart): string | undefined;
  /** The severities that make it fail; undefined where that is the scanner's own matter. */
  severities?(start: ScanStart): readonly string[] | undefined;
}

const flag = (command: string, names: string): string | undefined =>
  new RegExp(`(?:^|\\s)(?:${names})(?:=|\\s+)["']?([^\\s"']+)`).exec(command)?.[1];
const has = (command: string, names: string): boolean => new RegExp(`(?:^|\\s)(?:${names})(?=\\s|$)`).test(command);
const from = (lowest: string | undefined): readonly string[] => {
  const at = SEVERITIES.indexOf((lowest ?? 'low').toLowerCase() as Severity);
  return SEVERITIES.slice(Math.max(0, at));
};

export const SCANNERS: readonly Scanner[] = [
  {
    name: 'trivy',
    action: /^aquasecurity\/trivy-action$/,
    command: /\btrivy\s+(?!--version|version|plugin|clean)/,
    toothless: ({ command, inputs, environment }) => {
      const code = flag(command, '--exit-code') ?? inputs['exit-code'] ?? environment.TRIVY_EXIT_CODE;
      if (code === undefined) return 'it ends with exit code 0 whatever it finds, as none is set';
      return code === '0' ? 'its exit code is set to 0' : undefined;
    },
    severities: ({ command, inputs, environment }) => {
      const said = flag(command, '--severity|-s') ?? inputs.severity ?? environment.TRIVY_SEVERITY;
      return said === undefined ? SEVERITIES : said.toLowerCase().split(/\s*,\s*/);
    },
  },
  {
    name: 'grype',
    action: /^anchore\/scan-action$/,
    command: /\bgrype\s+(?!version|db)/,
    toothless: ({ uses, command, inputs }) => {
      if (uses !== undefined) return inputs['fail-build'] === 'false' ? 'fail-build is false' : undefined;
      return flag(command, '--fail-on|-f') === undefined ? 'it has no --fail-on' : undefined;
    },
    severities: ({ uses, command, inputs }) =>
      from(uses === undefined ? flag(command, '--fail-on|-f') : (inputs['severity-cutoff'] ?? 'medium')),
  },
  {
    name: 'gitleaks',
    action: /^gitleaks\/gitleaks-action$/,
    command: /\bgitleaks\s+(?!version)/,
    toothless: ({ command }) => (flag(command, '--exit-code') === '0' ? 'its exit code is set to 0' : undefined),
  },
  {
    name: 'snyk',
    action: /^snyk\/actions(?:\/|$)|^snyksecurityscan$/,
    command: /\bsnyk\s+(?!auth|--version|config)/,
    toothless: ({ command, inputs }) => {
      if (/\bsnyk\s+(?:\w+\s+)?monitor\b/.test(command) || inputs.command?.includes('monitor'))
        return 'snyk monitor only reports';
      return inputs.failOnIssues === 'false' ? 'failOnIssues is false' : undefined;
    },
    severities: ({ command, inputs }) =>
      from(flag(`${command} ${inputs.args ?? ''}`, '--severity-threshold') ?? inputs.severityThreshold),
  },
  {
    name: 'sonarqube',
    action:
      /^sonarsource\/(?:sonarqube-scan-action|sonarcloud-github-action|sonarqube-quality-gate-action)$|^sonar(?:qube|cloud)/,
    command: /\bsonar-scanner\b|\bsonar:sonar\b/,
    toothless: ({ uses, command, inputs, read }) => {
      if (uses?.includes('quality-gate')) return undefined;
      const said = `${command} ${Object.values(inputs).join('\n')}\n${read('sonar-project.properties') ?? ''}`;
      return /sonar\.qualitygate\.wait\s*=\s*true/.test(said) ? undefined : 'it does not wait for the quality gate';
    },
  },
  {
    name: 'checkov',
    action: /^bridgecrewio\/checkov-action$/,
    command: /\bcheckov\s+/,
    toothless: ({ command, inputs }) =>
      has(command, '--soft-fail|-s') || inputs.soft_fail === 'true' ? 'it fails softly' : undefined,
  },
  {
    name: 'semgrep',
    action: /^(?:semgrep|returntocorp)\/semgrep-action$/,
    command: /\bsemgrep\s+(?!--version|login)/,
    toothless: ({ uses, command }) =>
      uses !== undefined || /\bsemgrep\s+ci\b/.test(command) || has(command, '--error')
        ? undefined
        : 'semgrep scan has no --error',
  },
  {
    name: 'npm-audit',
    action: /^-$/,
    command: /\bnpm\s+audit\b(?!\s+fix)/,
    toothless: ({ command }) => (flag(command, '--audit-level') === 'none' ? 'its level is none' : undefined),
    severities: ({ command }) => {
      const level = flag(command, '--audit-level');
      return from(level === 'moderate' ? 'medium' : level);
    },
  },
  {
    name: 'codeql',
    action: /^github\/codeql-action\/analyze$/,
    command: /\bcodeql\s+database\s+analyze\b/,
    toothless: () => 'it only reports; what blocks a change is a setting of the platform',
  },
];
