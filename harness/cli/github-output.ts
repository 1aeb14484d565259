/**
 * `-o github`: annotations on stdout (or a file), the summary into $GITHUB_STEP_SUMMARY, and verdict and report path
 * into $GITHUB_OUTPUT. GitHub shows ten annotations of a kind for each step, and drops a summary above 1 MiB whole.
 */
import { appendFile } from 'node:fs/promises';
import type { RunProduct } from '../pipeline/run-product.ts';
import { deliver, type OutputTarget } from './output-targets.ts';
import { mainReport, reportText } from './run-output.ts';
import type { World } from './world.ts';

const MAX_ANNOTATIONS = 10;
const SUMMARY_BUDGET_BYTES = 256 * 1024;

type Level = 'error' | 'warning' | 'notice';

export async function writeGithubOutput(
  world: World,
  target: OutputTarget<string>,
  product: RunProduct,
): Promise<void> {
  await deliver(world, target, annotations(product));
  const { GITHUB_STEP_SUMMARY, GITHUB_OUTPUT } = world.env;
  if (GITHUB_STEP_SUMMARY) await appendFile(GITHUB_STEP_SUMMARY, cutSummary(reportText(product, 'summary.md')));
  if (GITHUB_OUTPUT)
    await appendFile(GITHUB_OUTPUT, `verdict=${product.report.outcome}\nreport-path=${mainReport(product)}\n`);
}

/** Workflow commands: https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
export function annotations({ report }: RunProduct): string {
  const all: { level: Level; title: string; text: string; where?: string | undefined }[] = [
    ...report.claims
      .filter(({ outcome }) => outcome !== 'passed')
      .map(({ outcome, id, sentence }) => ({
        level: outcome === 'inconclusive' ? ('warning' as const) : ('error' as const),
        title: `${id}: ${outcome}`,
        text: sentence,
      })),
    ...report.findings.map(({ severity, code, sentence, where }) => ({
      level: severity === 'info' ? ('notice' as const) : severity,
      title: code,
      text: sentence,
      where,
    })),
  ];
  const shown = (['error', 'warning', 'notice'] as const).flatMap((level) =>
    all.filter((annotation) => annotation.level === level).slice(0, MAX_ANNOTATIONS),
  );
  const lines = shown.map(({ level, title, text, where }) => {
    const properties = { title, ...position(where) };
    const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)}`);
    return `::${level} ${list.join(',')}::${escapeData(text)}\n`;
  });
  const group = `::group::canaryproof ${report.subject.name}: ${report.outcome}\n${escapeData(report.headline)}\n::endgroup::\n`;
  return `${group}${lines.join('')}`;
}

/** `file:line:column` or `file:line`; anything else is an object name, which has no place in the diff. */
function position(where: string | undefined): Record<string, string> {
  const match = where?.match(/^(?<file>[^:\s]+\.ya?ml):(?<line>\d+)(?::(?<col>\d+))?$/);
  return match ? Object.fromEntries(Object.entries(match.groups ?? {}).filter(([, value]) => value !== undefined)) : {};
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function cutSummary(markdown: string): string {
  const bytes = Buffer.from(`${markdown.trimEnd()}\n`);
  if (bytes.byteLength <= SUMMARY_BUDGET_BYTES) return bytes.toString('utf8');
  const cut = bytes.subarray(0, SUMMARY_BUDGET_BYTES).toString('utf8');
  return `${cut.slice(0, cut.lastIndexOf('\n'))}\n\n_Cut here: the whole summary is in the run directory._\n`;
}
