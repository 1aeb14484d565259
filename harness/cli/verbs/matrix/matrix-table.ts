/** Which claims hold on which release: rows are claims, columns are releases. Pure. */
import { EXIT, type ExitCode } from '../../../errors/harness-error.ts';
import { renderTable } from '../../talk/text-table.ts';

/** One release: a column of the matrix. */
export interface MatrixRun {
  readonly version: string;
  /** `error`: there is no report, because the release could not be built or started. */
  readonly outcome: 'passed' | 'failed' | 'inconclusive' | 'invalid' | 'error';
  readonly exitCode: ExitCode;
  readonly claims: readonly { readonly id: string; readonly outcome: string; readonly sentence: string }[];
  /** The file a person opens first. */
  readonly report?: string;
  readonly error?: string;
}

/** Runs of one profile, in the order in which the releases were named. */
export interface Matrix {
  readonly profile: string;
  readonly component: string;
  readonly runs: readonly MatrixRun[];
}

/** Lines without a final newline: the table, what differs and why, and where each report is. */
export function matrixLines({ profile, component, runs }: Matrix): string[] {
  const ids = [...new Set(runs.flatMap(({ claims }) => claims.map(({ id }) => id)))];
  const outcomeOf = (run: MatrixRun, id: string) =>
    run.outcome === 'error' ? 'no run' : (run.claims.find((claim) => claim.id === id)?.outcome ?? 'not judged');
  const rows = ids.map((id) => [id, ...runs.map((run) => outcomeOf(run, id))]);
  const head = [profile, ...runs.map(({ version }) => `${component} ${version}`)];
  const whole = ['whole run', ...runs.map(({ outcome }) => outcome)];
  // a claim that holds on some releases and not on others is what the matrix is run for
  const differing = ids.filter((id) => new Set(runs.map((run) => outcomeOf(run, id))).size > 1);
  return [
    renderTable(head, [...rows, whole]).trimEnd(),
    '',
    ...(differing.length === 0 ? ['Every claim has the same outcome on every release.'] : []),
    ...differing.flatMap((id) => [
      `${id} differs:`,
      ...runs.map((run) => {
        const claim = run.claims.find((candidate) => candidate.id === id);
        return `  ${run.version}: ${claim ? `${claim.outcome}: ${claim.sentence}` : (run.error ?? 'not judged')}`;
      }),
    ]),
    '',
    ...runs.map(({ version, report, error }) => `${version}: ${report ?? `no report: ${error ?? ''}`}`),
  ];
}

/** The worst outcome counts: a release that failed before one that could not be judged, those before passed. */
const ORDER: readonly ExitCode[] = [
  EXIT.failed,
  EXIT.invalid,
  EXIT.internal,
  EXIT.environment,
  EXIT.budget,
  EXIT.inconclusive,
  EXIT.usage,
  EXIT.interrupted,
  EXIT.terminated,
];

/** Of the whole matrix; without a run nothing was measured. */
export function matrixExitCode(runs: readonly MatrixRun[]): ExitCode {
  if (runs.length === 0) return EXIT.inconclusive;
  return ORDER.find((code) => runs.some(({ exitCode }) => exitCode === code)) ?? EXIT.passed;
}
