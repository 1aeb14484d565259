/** Two runs compared, as text, Markdown or one HTML page. */
import { renderComparisonPage } from './html/comparison-page.ts';
import type { ReportComparison } from './model/compare/compare-reports.ts';
import { renderComparisonMarkdown } from './text/comparison-markdown.ts';
import { renderComparisonText } from './text/comparison-text.ts';

export type ComparisonFormat = 'text' | 'markdown' | 'html';

/** @param options of the text format: columns of the terminal, and whether it shows ASCII only */
export function renderComparison(
  comparison: ReportComparison,
  format: ComparisonFormat,
  options: { readonly width: number; readonly ascii: boolean } = { width: 100, ascii: false },
): string {
  if (format === 'html') return renderComparisonPage(comparison);
  return format === 'markdown' ? renderComparisonMarkdown(comparison) : renderComparisonText(comparison, options);
}
