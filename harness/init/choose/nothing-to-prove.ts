import { EXIT, HarnessError } from '../../errors/harness-error.ts';
import type { RenderedUnit } from '../../units/unit-model.ts';
import type { Proposal } from '../propose.ts';

export function nothingToProve({ unit }: RenderedUnit, { unprovable }: Proposal): HarnessError {
  return nothing(
    unit.name,
    unprovable.map(({ what, why }) => `${what}: ${why}`),
  );
}

/** @param reasons one a line; the first twelve are shown */
export function nothing(where: string, reasons: readonly string[]): HarnessError {
  const shown = reasons.slice(0, 12);
  const more = reasons.length > shown.length ? [`… and ${reasons.length - shown.length} more`] : [];
  return new HarnessError(
    'INIT_NOTHING_TO_PROVE',
    EXIT.usage,
    [`${where} holds no canary and no split that Istio routes`, ...shown, ...more].join('\n'),
    { where, hint: 'canaryproof lint still says what is wrong with it, without a cluster.' },
  );
}
