/** Findings of lint as GitHub annotations at their lines; see github-annotations.ts for the limits. */
import type { LintReport } from '../model/lint-report.ts';
import { type Annotation, renderAnnotations } from './annotation-commands.ts';

/** Only what is new: the rest would be repeated on every pull request. */
export function renderLintGithub(report: LintReport): string {
  return renderAnnotations(
    report.findings
      .filter(({ state }) => state === 'new')
      .map(
        ({ code, severity, sentence, hint, file, line, column }): Annotation => ({
          kind: severity === 'info' ? 'notice' : severity,
          title: code,
          message: hint === undefined ? sentence : `${sentence}\nWhat to do: ${hint}`,
          where: file === undefined ? undefined : { file, line, column },
        }),
      ),
  );
}
