/** Objects that the cluster of a run has no use for, or must not get. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, type ManifestObject } from '../lint/manifest-set.ts';
import { type Change, dropOf } from './change.ts';
import type { UnitFacts } from './unit-facts.ts';

/** Groups whose objects the run's cluster serves. */
const SERVED =
  /^(|apps|autoscaling|policy|rbac\.authorization\.k8s\.io|networking\.k8s\.io|networking\.istio\.io|security\.istio\.io|telemetry\.istio\.io|argoproj\.io)$/;

const WHY: Readonly<Record<string, string>> = {
  '/Namespace': 'namespaces are made before the Application is applied, with their sidecars switched on',
  '/PersistentVolumeClaim': 'the cluster has no storage, and the stand-in writes nothing',
  '/PersistentVolume': 'the cluster has no storage, and the stand-in writes nothing',
  'networking.k8s.io/Ingress': 'no controller serves it, and Argo CD would wait for its address for ever',
  'argoproj.io/AppProject': 'the Application is in the project `default` of a cluster that is made for the run',
  'argoproj.io/Experiment': 'an Experiment starts by itself and is not what is proven',
};

export function droppedObjects(facts: UnitFacts): readonly Change[] {
  return facts.objects.flatMap((object) => {
    const why = whyDropped(object);
    return why === undefined ? [] : [dropOf(object, facts, why)];
  });
}

function whyDropped({ group, kind, value }: ManifestObject): string | undefined {
  if (!SERVED.test(group)) return `the cluster has no ${kind} of ${group}, and nothing that acts on one`;
  if (kind === 'StatefulSet' && asList(valueAt(value, '/spec/volumeClaimTemplates')).length > 0)
    return 'the cluster has no storage, and the stand-in writes nothing';
  return WHY[`${group}/${kind}`];
}
