/** `-o github`: annotations on stdout (or a file), the summary into $GITHUB_STEP_SUMMARY, verdict and path into $GITHUB_OUTPUT. */
import { appendFile } from 'node:fs/promises';
import { renderGithubAnnotations } from '../../../reports/text/github-annotations.ts';
import { environmentError } from '../../errors/harness-error.ts';
import type { RunProduct } from '../../ports/run-product.ts';
import type { World } from '../world.ts';
import { mainReport, reportText } from './main-report.ts';
import { deliver, type OutputTarget } from './output-targets.ts';

/** @throws HarnessError OUTPUT_UNWRITABLE (exit 3), REPORT_MISSING (exit 70) */
export async function writeGithubOutput(
  world: World,
  target: OutputTarget<string>,
  product: RunProduct,
): Promise<void> {
  await deliver(world, target, renderGithubAnnotations(product.report));
  const { GITHUB_STEP_SUMMARY, GITHUB_OUTPUT } = world.env;
  const outcome = `verdict=${product.report.outcome}\nreport-path=${mainReport(product)}\n`;
  if (GITHUB_STEP_SUMMARY) await append(GITHUB_STEP_SUMMARY, `${reportText(product, 'summary.md').trimEnd()}\n`);
  if (GITHUB_OUTPUT) await append(GITHUB_OUTPUT, outcome);
}

async function append(file: string, text: string): Promise<void> {
  await appendFile(file, text).catch((cause: unknown) => {
    throw environmentError('OUTPUT_UNWRITABLE', 'a file that GitHub named cannot be written', { where: file, cause });
  });
}
