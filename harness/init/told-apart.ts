/** What a unit needs so that answers of its versions are told apart and its analyses are found. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject, nameOf } from '../lint/manifest-set.ts';
import { nearestTo } from '../units/nearest.ts';
import { type Adopted, inPlace } from './adopt.ts';
import { type Change, changesOf } from './changes/change.ts';
import { armsOf, versionOf } from './split-arms.ts';
import type { Subject } from './subjects.ts';
import { ofKind, type UnitFacts } from './unit-facts.ts';

const CANARY = '/spec/strategy/canary';

/** Arms with one image and no label `version`: each gets the name of its subset, or of its host, as that label. */
export function versionLabels(subjects: readonly Subject[], facts: UnitFacts): readonly Change[] {
  return subjects.flatMap((subject) => {
    if (subject.kind !== 'split') return [];
    const arms = armsOf(subject, facts).flatMap(({ workload, subset, host }) =>
      workload ? [{ workload, name: subset ?? host.split('.')[0]! }] : [],
    );
    const versions = arms.map(({ workload }) => versionOf(workload, facts));
    if (new Set(versions).size === arms.length || arms.some(({ workload }) => workload.labels.version !== undefined))
      return [];
    return arms.flatMap(({ workload, name }) =>
      changesOf(workload.object, facts, [
        {
          reason: 'pods of both arms run one image and have no label that names their version',
          set: { '/spec/template/metadata/labels/version': name },
        },
      ]),
    );
  });
}

/** With the templates that a Rollout of the unit runs and another unit of the repository brings. */
export function adoptTemplates(facts: UnitFacts): Adopted {
  const adopted = new Map<string, { readonly object: ManifestObject; readonly change: Change }>();
  for (const { name, kind, by } of ofKind(facts, 'Rollout', 'argoproj.io').flatMap(usedTemplates)) {
    if (ofKind(facts, kind, 'argoproj.io').some((own) => own.name === name)) continue;
    const known = facts.others.filter((other) => other.kind === kind && other.name === name);
    const here = inPlace(known, by.namespace);
    const [found] = nearestTo(by, here.length > 0 ? here : known);
    if (!found || adopted.has(`${kind}/${name}`)) continue;
    const metadata = kind === 'AnalysisTemplate' ? { name, namespace: by.namespace } : { name };
    const value = { ...found.value, metadata };
    adopted.set(`${kind}/${name}`, {
      object: { ...found, value, namespace: by.namespace },
      change: {
        reason: `another unit of the repository brings it, and ${nameOf(by)} runs it`,
        add: value as unknown as Change['add'],
      },
    });
  }
  const all = [...adopted.values()];
  return {
    facts: { ...facts, objects: [...facts.objects, ...all.map(({ object }) => object)] },
    changes: all.map(({ change }) => change),
  };
}

function usedTemplates(rollout: ManifestObject) {
  const uses = [
    valueAt(rollout.value, `${CANARY}/analysis`),
    ...asList(valueAt(rollout.value, `${CANARY}/steps`)).map((step) => asRecord(step)?.analysis),
  ];
  return uses.flatMap((use) =>
    asList(asRecord(use)?.templates).flatMap((entry) => {
      const { templateName, clusterScope } = asRecord(entry) ?? {};
      const kind = clusterScope === true ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate';
      return typeof templateName === 'string' ? [{ name: templateName, kind, by: rollout }] : [];
    }),
  );
}
