import { EXIT, HarnessError } from '../../errors/harness-error.ts';
import { nameOf, virtualServices } from '../../lint/manifest-set.ts';
import type { RenderedUnit } from '../../units/unit-model.ts';
import type { Proposal } from '../propose.ts';
import { httpRoutes } from '../subjects.ts';

export function nothingToProve(rendered: RenderedUnit, { unprovable }: Proposal): HarnessError {
  const reasons = unprovable.map(({ what, why }) => `${what}: ${why}`);
  return nothing(rendered.unit.name, [...reasons, ...withoutSplit([rendered])]);
}

/** What of the units is routed all the same, or that nothing is: a refusal without a reason helps nobody. */
export function withoutSplit(units: readonly RenderedUnit[]): readonly string[] {
  const objects = units.flatMap((unit) => unit.objects);
  const routed = virtualServices({ objects }).filter((one) =>
    httpRoutes(one).every(({ split }) => split.destinations.length < 2),
  );
  if (routed.length > 0)
    return routed.map((one) => `${nameOf(one)}: none of its HTTP routes has more than one destination`);
  if (objects.length === 0 || objects.some(({ kind }) => /^(VirtualService|Rollout)$/.test(kind))) return [];
  return [`none of its ${objects.length} objects is a VirtualService or a Rollout`];
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
