/** Services that routes go to and that no manifest of the repository declares: made, where its pods leave no doubt. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject, nameOf } from '../lint/manifest-set.ts';
import { routesOf } from '../lint/routes/routes.ts';
import { serviceOfHost } from '../lint/routes/service-hosts.ts';
import { NAME_LABELS } from '../lint/routes/subsets.ts';
import type { Adopted } from './adopt.ts';
import { portOf } from './serving-ports.ts';
import { ISTIO } from './subjects.ts';
import { ofKind, selectedBy, type UnitFacts, type Workload } from './unit-facts.ts';

/**
 * A canary by subsets needs one Service of which its manifests may say nothing, as somebody made it by hand. Not made: what a
 * Rollout names itself, and what Services of other names stand beside, since then a name is wrong and the fault is theirs.
 */
export function makeServices(facts: UnitFacts): Adopted {
  const wanted = ofKind(facts, 'VirtualService', ISTIO).flatMap((by) =>
    routesOf(by).flatMap(({ destinations }) =>
      destinations.flatMap(({ host, path }) => {
        const target = serviceOfHost(host, by.namespace);
        const port = valueAt(by.value, `/${[...path, 'destination', 'port', 'number'].join('/')}`);
        return target ? [{ by, ...target, port: typeof port === 'number' ? port : undefined }] : [];
      }),
    ),
  );
  const first = [...new Map(wanted.toReversed().map((one) => [`${one.namespace}/${one.service}`, one])).values()];
  const made = first.toReversed().flatMap(({ by, service: name, namespace, port }) => {
    const behind = facts.workloads.filter(({ object, labels }) => object.namespace === namespace && isOf(labels, name));
    const labels = behind[0]?.labels ?? {};
    const label = NAME_LABELS.find((key) => labels[key] === name);
    if (label === undefined || isServed(facts, name, namespace, behind)) return [];
    const listens = portOf(behind[0]!, facts);
    const value = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: {
        selector: { [label]: name },
        ports: [{ name: 'http', port: port ?? listens, targetPort: listens }],
      },
    };
    return [{ by, object: { ...by, group: '', apiVersion: 'v1', kind: 'Service', name, namespace, value } }];
  });
  return {
    facts: { ...facts, objects: [...facts.objects, ...made.map(({ object }): ManifestObject => object)] },
    changes: made.map(({ by, object }) => ({
      reason: `${nameOf(by)} routes to it and no manifest of the repository declares it, so one is made`,
      add: object.value,
    })),
  };
}

function isOf(labels: Workload['labels'], name: string): boolean {
  return NAME_LABELS.some((key) => labels[key] === name);
}

/** By that name anywhere, by another name for those pods, or by the Rollout itself, which its controller would miss. */
function isServed(facts: UnitFacts, name: string, namespace: string, behind: readonly Workload[]): boolean {
  const services = [...ofKind(facts, 'Service', ''), ...ofKind({ objects: facts.others }, 'Service', '')];
  const named = ofKind(facts, 'Rollout', 'argoproj.io').flatMap(({ value }) => {
    const canary = asRecord(valueAt(value, '/spec/strategy/canary')) ?? {};
    const { pingService, pongService } = asRecord(canary.pingPong) ?? {};
    return asList([canary.stableService, canary.canaryService, pingService, pongService]);
  });
  return (
    named.includes(name) ||
    services.some(
      (service) =>
        service.name === name ||
        selectedBy(behind, asRecord(valueAt(service.value, '/spec/selector')) ?? {}, namespace).length > 0,
    )
  );
}
