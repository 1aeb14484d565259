/** Several runs side by side: which claim holds where, as text, Markdown or one HTML page. */
import { renderMatrixPage } from './html/matrix-page.ts';
import { reportMatrix } from './model/compare/report-matrix.ts';
import type { RunReport } from './model/run-report.ts';
import { renderMatrixMarkdown, renderMatrixText } from './text/matrix-text.ts';

export type MatrixFormat = 'text' | 'markdown' | 'html';

/** @param options of the text format: columns of the terminal, and whether it shows ASCII only */
export function renderMatrix(
  reports: readonly RunReport[],
  format: MatrixFormat,
  options: { readonly width: number; readonly ascii: boolean } = { width: 100, ascii: false },
): string {
  const matrix = reportMatrix(reports);
  if (format === 'html') return renderMatrixPage(matrix);
  return format === 'markdown' ? renderMatrixMarkdown(matrix) : renderMatrixText(matrix, options);
}
