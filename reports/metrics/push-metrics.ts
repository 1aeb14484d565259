/** Pushes the metrics of a run to a Pushgateway, only when asked: a pull request must not write into someone's metrics. */
import { environmentError, usageError } from '../../harness/errors/harness-error.ts';
import type { RunReport } from '../model/run-report.ts';
import { runRegistry } from './run-registry.ts';

export interface PushOptions {
  /** Limit of the whole request, slow answers included. */
  readonly timeoutMs?: number;
  readonly jobName?: string;
}

const TIMEOUT_MS = 10_000;

/**
 * Replaces the group `job/subject` of the gateway with this run's metrics (PUT).
 * @throws HarnessError METRICS_URL_INVALID (exit 2) or METRICS_PUSH_FAILED (exit 3); neither message holds the password of the URL
 */
export async function pushMetrics(url: string, report: RunReport, options: PushOptions = {}): Promise<void> {
  const target = gatewayUrl(url);
  const shown = `${target.protocol}//${target.host}${target.pathname}`;
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const { Pushgateway } = await import('prom-client');
  const gateway = new Pushgateway(
    target.href,
    { timeout: timeoutMs, signal: AbortSignal.timeout(timeoutMs) },
    await runRegistry(report),
  );
  try {
    await gateway.push({ jobName: options.jobName ?? 'canaryproof', groupings: { subject: report.subject.name } });
  } catch (error) {
    const aborted = error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
    const reason = aborted
      ? `no answer within ${timeoutMs} ms`
      : error instanceof Error
        ? error.message
        : String(error);
    throw environmentError('METRICS_PUSH_FAILED', `metrics could not be pushed: ${reason.slice(0, 500)}`, {
      where: shown,
      hint: 'Check the address of the Pushgateway; the metrics are also in metrics.prom of the run directory.',
      cause: error,
    });
  }
}

function gatewayUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed !== undefined && (parsed.protocol === 'http:' || parsed.protocol === 'https:')) return parsed;
  throw usageError('METRICS_URL_INVALID', 'the address of the Pushgateway is not an http or https URL', {
    hint: 'Write it like http://pushgateway.example:9091.',
  });
}
