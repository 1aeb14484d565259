/** Which container of a pod serves, and at which ports something is asked. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord } from '../lint/manifest-set.ts';
import { type Container, ofKind, type UnitFacts, type Workload } from './unit-facts.ts';

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'];
const DEFAULT_PORT = 8080;
/** The proxy beside the program listens there (istio.io, "Ports used by Istio"): a Service of its metrics is none of the program. */
const OF_SIDECAR = new Set([15000, 15001, 15004, 15006, 15008, 15020, 15021, 15053, 15090]);

type Ports = Pick<Workload, 'object' | 'containers' | 'labels'>;

/** The one that declares the port to which a Service leads, else the first that declares any. */
export function servingContainer(workload: Ports, facts: Pick<UnitFacts, 'objects'>): Container {
  const port = portOf(workload, facts);
  const { containers } = workload;
  return (
    containers.find((container) => declaredPorts(container).some(({ containerPort }) => containerPort === port)) ??
    containers.find((container) => declaredPorts(container).length > 0) ??
    containers[0]!
  );
}

/** Where a workload listens: the target of the Services that select it, else its first port, else 8080. */
export function portOf(workload: Ports, facts: Pick<UnitFacts, 'objects'>): number {
  const declared = workload.containers.flatMap(declaredPorts).map(({ containerPort }) => Number(containerPort));
  return [...serviceTargets(workload, facts), ...declared].find(Number.isInteger) ?? DEFAULT_PORT;
}

/** Beside the ports that its template declares: targets of Services and of probes, which need no declaration. */
export function askedPorts(container: Container, workload: Ports, facts: Pick<UnitFacts, 'objects'>): number[] {
  const own = new Set(declaredPorts(container).map(({ containerPort }) => Number(containerPort)));
  const others = new Set(
    workload.containers
      .filter((other) => other !== container)
      .flatMap((other) => declaredPorts(other).map(({ containerPort }) => Number(containerPort))),
  );
  const serves = servingContainer(workload, facts) === container;
  const asked = [...(serves ? serviceTargets(workload, facts) : []), ...probePorts(container)];
  return [...new Set(asked)].filter((port) => Number.isInteger(port) && !own.has(port) && !others.has(port));
}

function declaredPorts({ value }: Container): readonly Readonly<Record<string, unknown>>[] {
  return asList(value.ports).map((port) => asRecord(port) ?? {});
}

function serviceTargets({ object, containers, labels }: Ports, facts: Pick<UnitFacts, 'objects'>): number[] {
  const ports = containers.flatMap(declaredPorts);
  const named = (name: unknown) => ports.find((port) => port.name === name)?.containerPort;
  return ofKind(facts, 'Service', '')
    .filter(({ namespace }) => namespace === object.namespace)
    .filter(({ value }) => {
      const selector = Object.entries(asRecord(valueAt(value, '/spec/selector')) ?? {});
      return selector.length > 0 && selector.every(([key, wanted]) => labels[key] === String(wanted));
    })
    .flatMap(({ value }) => asList(valueAt(value, '/spec/ports')).map((port) => asRecord(port) ?? {}))
    .map(({ targetPort, port }) =>
      Number(typeof targetPort === 'string' && !/^\d+$/.test(targetPort) ? named(targetPort) : (targetPort ?? port)),
    )
    .filter((port) => Number.isInteger(port) && !OF_SIDECAR.has(port));
}

/** A name is one of a declared port. */
function probePorts({ value }: Container): number[] {
  return PROBES.flatMap((name) => {
    const probe = asRecord(value[name]) ?? {};
    return ['httpGet', 'tcpSocket', 'grpc'].map((kind) => Number(asRecord(probe[kind])?.port)).filter(Number.isInteger);
  });
}
