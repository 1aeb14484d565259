/** The alert rules that a Prometheus has loaded, and how each stands. */
import { z } from 'zod';
import { environmentError } from '../errors/harness-error.ts';

export interface AlertRule {
  readonly name: string;
  /** `unknown`: loaded and not evaluated yet. */
  readonly state: 'inactive' | 'pending' | 'firing' | 'unknown';
}

const rules = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.discriminatedUnion('type', [
            z.object({
              type: z.literal('alerting'),
              name: z.string(),
              state: z.enum(['inactive', 'pending', 'firing', 'unknown']),
            }),
            z.object({ type: z.literal('recording') }),
          ]),
        ),
      }),
    ),
  }),
});

export function parseAlertRules(body: unknown): AlertRule[] | undefined {
  const parsed = rules.safeParse(body);
  if (!parsed.success) return undefined;
  return parsed.data.data.groups.flatMap((group) =>
    group.rules.flatMap((rule) => (rule.type === 'alerting' ? [{ name: rule.name, state: rule.state }] : [])),
  );
}

/** @throws HarnessError ALERT_RULES_UNREADABLE */
export async function readAlertRules(prometheusUrl: string, signal: AbortSignal): Promise<AlertRule[]> {
  const where = `${prometheusUrl}/api/v1/rules`;
  const refused = (cause: unknown) =>
    environmentError('ALERT_RULES_UNREADABLE', 'Prometheus did not say which rules it has', { where, cause });
  const body: unknown = await fetch(where, { signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]) })
    .then((response) => response.json())
    .catch((cause: unknown) => {
      throw refused(cause);
    });
  const found = parseAlertRules(body);
  if (found) return found;
  throw refused(JSON.stringify(body).slice(0, 200));
}
