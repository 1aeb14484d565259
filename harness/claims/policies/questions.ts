/**
 * What the API server is asked: whatever Git declares, as it is, and the same pods with one field less. Pure.
 *
 * A field goes from all containers of a pod; and, asked apart, from one more container beside them, because a rule that looks
 * at the first container alone would do for the first.
 */

import { beside, NAME_BESIDE, ownObject, podOf } from '../../kyverno/asked-objects.ts';
import type { Container, DeclaredWorkload } from '../../kyverno/declared-workloads.ts';
import type { Question } from '../../kyverno/question.ts';
import { nameOf } from '../../lint/manifest-set.ts';
import { isImplied, partsOf, type ResourceField } from './policies-claim.ts';

export interface ResourceQuestion extends Question {
  /** What it lacks, and in which containers; undefined: it is as Git declares it. */
  readonly lacks: { readonly field: ResourceField; readonly containers: readonly string[] } | undefined;
}

export function questionsAbout(
  workloads: readonly DeclaredWorkload[],
  requires: readonly ResourceField[],
): readonly ResourceQuestion[] {
  const fields = requires.filter((field) => !isImplied(field, requires));
  return workloads.flatMap((workload) => {
    const { containers } = workload.template.spec;
    const name = nameOf(workload.object);
    const [first] = containers;
    return [
      // a Pod is its own template
      ...(workload.path.length > 0 ? [{ what: name, object: ownObject(workload), lacks: undefined }] : []),
      { what: `the pod of ${name}`, object: podOf(workload, containers), lacks: undefined },
      ...fields.flatMap((field) => [
        {
          what: `the pod of ${name} without ${field}`,
          object: podOf(
            workload,
            containers.map((container) => without(container, field)),
          ),
          lacks: { field, containers: containers.map((container) => container.name) },
        },
        ...(first
          ? [
              {
                what: `the pod of ${name} with a second container without ${field}`,
                object: podOf(workload, [...containers, beside(without(first, field))]),
                lacks: { field, containers: [NAME_BESIDE] },
              },
            ]
          : []),
      ]),
    ];
  });
}

/**
 * Where a limit is given the API server writes the request, too: so a request goes with its limit, and where a limit goes the
 * request stays that it stood for.
 */
export function without(container: Container, field: ResourceField): Container {
  const [group, resource] = partsOf(field);
  const { limits = {}, requests = {} } = container.resources ?? {};
  const { [resource]: limit, ...otherLimits } = limits;
  const { [resource]: request = limit, ...otherRequests } = requests;
  const kept = group === 'requests' || request === undefined ? {} : { [resource]: request };
  return { ...container, resources: { limits: otherLimits, requests: { ...otherRequests, ...kept } } };
}
