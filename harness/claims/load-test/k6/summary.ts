/**
 * k6's own figures out of the log of its container: the object that k6 hands to `handleSummary`, with the options of the
 * run, printed as one line of JSON. Source of its shape: k6 2.2.0, internal/js/summary.go (summarizeMetricsToObject). Pure.
 */
import { z } from 'zod';

const metric = z.object({
  type: z.string(),
  contains: z.string(),
  /** JSON has no infinity. */
  values: z.record(z.string(), z.number().nullable()),
  thresholds: z.record(z.string(), z.object({ ok: z.boolean() })).optional(),
});

const check = z.object({ path: z.string(), passes: z.int().min(0), fails: z.int().min(0) });
const group = z.object({
  checks: z.array(check),
  get groups() {
    return z.array(group);
  },
});

const summarySchema = z.object({
  metrics: z.record(z.string(), metric),
  root_group: group,
  state: z.object({ testRunDurationMs: z.number().min(0) }),
  options: z.object({ scenarios: z.record(z.string(), z.looseObject({ executor: z.string() })) }),
});

export type K6Metric = z.output<typeof metric>;
type K6Check = z.output<typeof check>;
export type K6Summary = z.output<typeof summarySchema>;

type ReadSummary =
  | { readonly summary: K6Summary }
  /** `cut`: a line that begins as one and is no JSON; `strange`: JSON that lacks something. */
  | { readonly problem: 'missing' | 'cut' | 'strange'; readonly words: string };

export function readSummary(log: string): ReadSummary {
  const line = log.split('\n').findLast((text) => text.startsWith('{') && text.includes('"metrics"'));
  if (line === undefined) return { problem: 'missing', words: `nothing of it among ${log.split('\n').length} lines` };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return { problem: 'cut', words: `${error instanceof Error ? error.message : String(error)}` };
  }
  const { data, error } = summarySchema.safeParse(value);
  if (data) return { summary: data };
  const [issue] = error.issues;
  return { problem: 'strange', words: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}` };
}

/** Of all groups. */
export function checksOf(summary: Pick<K6Summary, 'root_group'>): readonly K6Check[] {
  const below = (one: z.output<typeof group>): readonly K6Check[] => [...one.checks, ...one.groups.flatMap(below)];
  return below(summary.root_group);
}

/** A counter's, or the number of true samples of a rate; 0 where there is none. */
export function countOf({ metrics }: Pick<K6Summary, 'metrics'>, name: string, figure = 'count'): number {
  return metrics[name]?.values[figure] ?? 0;
}
