/** Whether `lint` objects to a changed policy. */
import type { PolicyEdit } from '../../reports/model/simulation/recommendation.ts';
import { lintSet } from '../lint/lint-manifests.ts';
import type { Finding, ManifestSet } from '../lint/manifest-set.ts';
import { applyEdits, objectName } from '../simulation/recommend/policy-edits.ts';
import type { FoundRollout } from './find-rollout.ts';

/** The first error or warning that `lint` has of the changed policy and not of today's. */
export function objectionOf(
  { set, rollout, templates }: Pick<FoundRollout, 'set' | 'rollout' | 'templates'>,
  edits: readonly PolicyEdit[],
  scrapeIntervalMs: number,
) {
  const others = templates.filter((template) => !set.objects.includes(template));
  const whole: ManifestSet = { ...set, objects: [...set.objects, ...others] };
  const changed: ManifestSet = {
    ...whole,
    objects: whole.objects.map((object) => {
      if (object !== rollout && !templates.includes(object)) return object;
      const own = edits.filter((edit) => edit.object === objectName(object.value));
      const source = { rollout: object.value, templates: [], namespace: '' };
      return own.length === 0 ? object : { ...object, value: applyEdits(source, own).rollout };
    }),
  };
  const findings = (one: ManifestSet) =>
    lintSet(one, { scrapeIntervalMs }).filter(({ severity }) => severity === 'error' || severity === 'warning');
  const known = new Map<string, number>();
  for (const { code } of findings(whole)) known.set(code, (known.get(code) ?? 0) + 1);
  return findings(changed).find((finding) => isNew(finding, known))?.sentence;
}

function isNew({ code }: Finding, known: Map<string, number>): boolean {
  const left = known.get(code) ?? 0;
  known.set(code, left - 1);
  return left <= 0;
}
