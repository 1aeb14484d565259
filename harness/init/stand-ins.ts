/** Which images the stand-in answers for, and how it names itself there. Pure. */

import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord } from '../lint/manifest-set.ts';
import { portOf } from './pod-changes.ts';
import type { SplitSubject, Subject } from './subjects.ts';
import { imageParts, ofKind, selectedBy, type UnitFacts, type Workload } from './unit-facts.ts';

export interface StandIn {
  readonly image: string;
  readonly standIn: Readonly<Record<string, string>>;
}

export function standIns(facts: UnitFacts, isNamedByLabel: (workload: Workload) => boolean): readonly StandIn[] {
  const uses = facts.workloads.flatMap((workload) =>
    workload.containers.map(({ image }) => ({ name: imageParts(image).name, workload })),
  );
  return [...Map.groupBy(uses, ({ name }) => name)].map(([name, same]) => {
    const ports = [...new Set(same.map(({ workload }) => String(portOf(workload, facts))))];
    const version = same.some(({ workload }) => isNamedByLabel(workload)) ? '{label:version}' : '{tag}';
    return {
      image: `${name}:*`,
      standIn: {
        SERVICE: serviceOf(name),
        VERSION: version,
        PORT: ports[0]!,
        ...(ports.length > 1 ? { PORTS: ports.join(',') } : {}),
      },
    };
  });
}

/** How pods of an image call themselves in the chain of hops: the last word of its name. */
export function serviceOf(imageName: string): string {
  return imageName
    .split('/')
    .at(-1)!
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-');
}

/** The workload behind each destination of a split; undefined where it is not exactly one. */
export function armsOf({ virtualService, route }: Pick<SplitSubject, 'virtualService' | 'route'>, facts: UnitFacts) {
  return route.destinations.map(({ destination, weight }) => {
    const { host, subset } = asRecord(destination) ?? {};
    const service = ofKind(facts, 'Service', '').find(({ name, namespace }) => isHostOf(String(host), name, namespace));
    const labels =
      subset === undefined
        ? {}
        : asRecord(
            ofKind(facts, 'DestinationRule', 'networking.istio.io')
              .filter(
                ({ value }) =>
                  service && isHostOf(String(valueAt(value, '/spec/host')), service.name, service.namespace),
              )
              .flatMap(({ value }) => asList(valueAt(value, '/spec/subsets')).map((one) => asRecord(one) ?? {}))
              .find(({ name }) => name === subset)?.labels,
          );
    const selector = { ...asRecord(valueAt(service?.value, '/spec/selector')), ...labels };
    const selected = service && labels ? selectedBy(facts.workloads, selector, service.namespace) : [];
    return {
      subset: typeof subset === 'string' ? subset : undefined,
      weight: typeof weight === 'number' ? weight : undefined,
      workload: selected.length === 1 ? selected[0] : undefined,
      host: String(host),
      virtualService,
    };
  });
}

function isHostOf(host: string, name: string, namespace: string): boolean {
  return host === name || host === `${name}.${namespace}` || host.startsWith(`${name}.${namespace}.svc`);
}

/** Whether arms of a split share an image in full, so that only labels tell them apart. */
export function namedByLabel(subjects: readonly Subject[], facts: UnitFacts): (workload: Workload) => boolean {
  const labelled = new Set<Workload>();
  for (const subject of subjects) {
    if (subject.kind !== 'split') continue;
    const workloads = armsOf(subject, facts).flatMap(({ workload }) => workload ?? []);
    const images = workloads.map(({ containers }) => containers[0]!.image);
    const isSame = new Set(images).size < images.length;
    if (isSame && workloads.every(({ labels }) => labels.version !== undefined))
      for (const workload of workloads) labelled.add(workload);
  }
  return (workload) => labelled.has(workload);
}
