/** When a simulated release that still goes on never ends. */
import { parseGoDuration } from '../../oracle/go-duration.ts';
import type { Policy } from '../policy.ts';

const DAY_MS = 86_400_000;
/** Of a metric that does not say how often it looks. */
const LOOKS = 20;

/** A day more than all that it waits for, after its beginning: a release that is stuck costs as much as it is long. */
export function releaseHorizonMs({ plan, background, steps }: Policy, approvalMs: number): number {
  const pauses = plan.steps.map((step) => (step.kind === 'pause' ? (step.durationMs ?? approvalMs) : 0));
  const analyses = [...(background ? [background] : []), ...Object.values(steps)].flatMap(({ metrics }) =>
    metrics.map(({ initialDelay, interval, count }) => {
      const looks = Number(count ?? LOOKS);
      return durationMs(initialDelay) + durationMs(interval) * (Number.isFinite(looks) ? Math.max(looks, 1) : LOOKS);
    }),
  );
  return [...pauses, ...analyses].reduce((sum, one) => sum + one, DAY_MS);
}

const durationMs = (text: string | undefined) => (text === undefined ? 0 : (parseGoDuration(text) ?? 0));
