/** What keeps an alert from its receiver and is no fault of its rule: no traffic, or nobody who evaluates and sends. */
import type { BooksReport } from '../../../reports/model/run-report.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { environmentsFault } from '../../scene/environments-fault.ts';
import { PromiseNotKept } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';

/** Namespace of Prometheus and Alertmanager. */
export const MONITORING = 'monitoring';

/** Rules look at traffic: without it an alert that did not fire says nothing. @throws HarnessError LOAD_ENDED */
export function requireLasting({ problemCodes = [] }: BooksReport, id: string): void {
  if (!problemCodes.includes('load-ended-early')) return;
  throw environmentError('LOAD_ENDED', 'the load was over before every alert had been provoked', {
    where: id,
    hint: "Run it again, and look at the generator's log.",
  });
}

/** Before a rule is blamed: whether those who evaluate and send could. @throws HarnessError of the environment (exit 3) */
export async function requireSenders(what: string, timeoutMs: number, scene: Scene): Promise<void> {
  const namespace = MONITORING;
  const seen = { instead: 'nobody posted it', where: `namespace ${namespace}` };
  const fault = await environmentsFault(new PromiseNotKept({ what, timeoutMs, needsPodsOf: namespace }, seen), scene);
  if (fault !== undefined) throw fault;
}
