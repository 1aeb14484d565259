/** The workloads behind the destinations of a split. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord } from '../lint/manifest-set.ts';
import { NAME_LABELS } from '../lint/routes/subsets.ts';
import { servingContainer } from './serving-ports.ts';
import type { SplitSubject } from './subjects.ts';
import { imageParts, ofKind, selectedBy, type UnitFacts, type Workload } from './unit-facts.ts';

export interface SplitArm {
  readonly subset: string | undefined;
  readonly weight: number | undefined;
  /** Undefined where it is not exactly one. */
  readonly workload: Workload | undefined;
  readonly host: string;
}

/**
 * The workload behind each destination of a split. Of a Service that nobody declares only the subset tells its pods: the
 * claim is about what is meant, and that nobody answers is what a run shows.
 */
export function armsOf({ route }: Pick<SplitSubject, 'route'>, facts: UnitFacts): readonly SplitArm[] {
  return route.destinations.map(({ destination, weight }) => {
    const { host, subset } = asRecord(destination) ?? {};
    const service = ofKind(facts, 'Service', '').find(({ name, namespace }) => isHostOf(String(host), name, namespace));
    const orphan = service ? undefined : orphanOf(String(host), facts);
    const meant = service ?? orphan;
    const labels =
      subset === undefined
        ? {}
        : asRecord(
            ofKind(facts, 'DestinationRule', 'networking.istio.io')
              .filter(
                ({ value }) => meant && isHostOf(String(valueAt(value, '/spec/host')), meant.name, meant.namespace),
              )
              .flatMap(({ value }) => asList(valueAt(value, '/spec/subsets')).map((one) => asRecord(one) ?? {}))
              .find(({ name }) => name === subset)?.labels,
          );
    const selector = { ...asRecord(valueAt(service?.value, '/spec/selector')), ...labels };
    const all = orphan?.workloads ?? facts.workloads;
    const selected = meant && labels ? selectedBy(all, selector, meant.namespace) : [];
    return {
      subset: typeof subset === 'string' ? subset : undefined,
      weight: typeof weight === 'number' ? weight : undefined,
      workload: selected.length === 1 ? selected[0] : undefined,
      host: String(host),
    };
  });
}

/** Pods that carry the name of a Service which nobody declares. */
function orphanOf(host: string, facts: UnitFacts) {
  const [name = ''] = host.split('.');
  const isDeclared = [facts.objects, facts.others].some((objects) =>
    ofKind({ objects }, 'Service', '').some((one) => one.name === name),
  );
  const workloads = isDeclared
    ? []
    : facts.workloads.filter(({ labels }) => NAME_LABELS.some((key) => labels[key] === name));
  return workloads[0] && { name, namespace: workloads[0].object.namespace, workloads };
}

export function isHostOf(host: string, name: string, namespace: string): boolean {
  return host === name || host === `${name}.${namespace}` || host.startsWith(`${name}.${namespace}.svc`);
}

/** How pods of a workload call themselves where arms are told apart: their label, else the tag of their image. */
export function versionOf(workload: Workload, facts: UnitFacts): string {
  return workload.labels.version ?? imageParts(servingContainer(workload, facts).image).tag ?? 'latest';
}
