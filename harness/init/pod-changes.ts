/** What a pod needs on a cluster of host processes, where a stand-in answers for the program of every image. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject } from '../lint/manifest-set.ts';
import { type Change, changesOf, type Edit } from './change.ts';
import { type Container, ofKind, POD_SPEC, type UnitFacts, type Workload } from './unit-facts.ts';

const STAND_IN = 'the stand-in answers instead of their program';
const SMALL = 'the run has one small machine';
const PLACES = 'the cluster has one node, without labels, classes or registries';
const MISSING = 'neither the unit nor the cluster has what it refers to';
const UNSAFE = 'a run gives no pod the machine';

/** Names by which the stand-in is told who it is. */
const OWN_VARIABLES = /^(SERVICE|VERSION|PORTS|UPSTREAMS|BEHAVIOUR|LISTEN_ADDRESS|ADMIN)$/;
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'];
const MOST_REPLICAS = 2;
const LARGE_CPU = 0.1;
const LARGE_MEMORY_BYTES = 128 * 1024 * 1024;

/** @param versionFrom containers whose version is a label of their pod, by pointer: two arms share one image */
export function podChanges(facts: UnitFacts, isNamedByLabel: (workload: Workload) => boolean): readonly Change[] {
  return facts.workloads.flatMap((workload) =>
    changesOf(workload.object, facts, [
      ...podEdits(workload, facts),
      ...replicas(workload.object, facts),
      ...workload.containers.flatMap((container) => [
        ...programEdits(container),
        ...probeEdits(container, workload, facts),
        ...environmentEdits(container, facts, workload, isNamedByLabel(workload)),
        ...sizeEdits(container),
      ]),
    ]),
  );
}

function podEdits({ object }: Workload, facts: UnitFacts): Edit[] {
  const spec = asRecord(valueAt(object.value, POD_SPEC)) ?? {};
  const present = (keys: readonly string[], reason: string): Edit[] =>
    keys.filter((key) => spec[key] !== undefined).map((key) => ({ reason, remove: [`${POD_SPEC}/${key}`] }));
  const account = spec.serviceAccountName;
  const hasAccount = ofKind(facts, 'ServiceAccount', '').some(({ name }) => name === account) || account === 'default';
  return [
    ...present(['initContainers'], STAND_IN),
    ...present(
      [
        'nodeSelector',
        'affinity',
        'tolerations',
        'topologySpreadConstraints',
        'priorityClassName',
        'runtimeClassName',
        'imagePullSecrets',
      ],
      PLACES,
    ),
    ...present(['hostNetwork', 'hostPID', 'hostIPC'], UNSAFE),
    ...(account !== undefined && !hasAccount ? present(['serviceAccountName', 'serviceAccount'], MISSING) : []),
    ...asList(spec.volumes).flatMap((entry, index) => volumeEdits(asRecord(entry), index, facts)),
  ];
}

/** Volumes whose content is not there are empty ones. */
function volumeEdits(volume: Readonly<Record<string, unknown>> | undefined, index: number, facts: UnitFacts): Edit[] {
  if (!volume) return [];
  const { name, ...source } = volume;
  const has = (kind: string, wanted: unknown) => ofKind(facts, kind, '').some((object) => object.name === wanted);
  const configMap = asRecord(source.configMap);
  const secret = asRecord(source.secret);
  const isThere =
    source.emptyDir !== undefined ||
    source.downwardAPI !== undefined ||
    source.projected !== undefined ||
    (configMap && has('ConfigMap', configMap.name)) ||
    (secret && has('Secret', secret.secretName));
  return isThere ? [] : [{ reason: MISSING, set: { [`${POD_SPEC}/volumes/${index}`]: { name, emptyDir: {} } } }];
}

function replicas(object: ManifestObject, _facts: UnitFacts): Edit[] {
  const count = valueAt(object.value, '/spec/replicas');
  return typeof count === 'number' && count > MOST_REPLICAS
    ? [{ reason: SMALL, set: { '/spec/replicas': MOST_REPLICAS } }]
    : [];
}

function programEdits({ value, pointer }: Container): Edit[] {
  const security = asRecord(value.securityContext);
  return [
    ...['command', 'args', 'workingDir', 'lifecycle']
      .filter((key) => value[key] !== undefined)
      .map((key) => ({ reason: STAND_IN, remove: [`${pointer}/${key}`] })),
    ...['privileged', 'capabilities', 'allowPrivilegeEscalation']
      .filter((key) => security?.[key] !== undefined && security[key] !== false)
      .filter((key) => key !== 'capabilities' || asRecord(security?.capabilities)?.add !== undefined)
      .map((key) => ({ reason: UNSAFE, remove: [`${pointer}/securityContext/${key}`] })),
  ];
}

/** Programs of an image are not there to be executed, and a stand-in may not speak gRPC: it listens. */
function probeEdits({ value, pointer }: Container, workload: Workload, facts: UnitFacts): Edit[] {
  return PROBES.flatMap((name): Edit[] => {
    const probe = asRecord(value[name]);
    if (!probe || (!probe.exec && !probe.grpc)) return [];
    const kind = probe.exec ? 'exec' : 'grpc';
    const port = asRecord(probe.grpc)?.port ?? portOf(workload, facts);
    return [
      {
        reason: STAND_IN,
        remove: [`${pointer}/${name}/${kind}`],
        set: { [`${pointer}/${name}/tcpSocket`]: { port } },
      },
    ];
  });
}

function environmentEdits(
  container: Container,
  facts: UnitFacts,
  _workload: Workload,
  isNamedByLabel: boolean,
): Edit[] {
  const { value, pointer } = container;
  const has = (kind: string, name: unknown) => ofKind(facts, kind, '').some((object) => object.name === name);
  const missing = (source: Readonly<Record<string, unknown>> | undefined, keys: readonly [string, string]) =>
    keys.some((key, i) => {
      const reference = asRecord(source?.[key]);
      return (
        reference !== undefined && reference.optional !== true && !has(i === 0 ? 'ConfigMap' : 'Secret', reference.name)
      );
    });
  const environment = asList(value.env).flatMap((entry, index) => ({ record: asRecord(entry), index }));
  const isOwn = (name: unknown) => typeof name === 'string' && OWN_VARIABLES.test(name);
  const removed = environment.flatMap(({ record, index }): Edit[] => {
    if (isOwn(record?.name))
      return [{ reason: 'the stand-in names itself by it', remove: [`${pointer}/env/${index}`] }];
    const from = asRecord(record?.valueFrom);
    return missing(from, ['configMapKeyRef', 'secretKeyRef'])
      ? [{ reason: MISSING, remove: [`${pointer}/env/${index}`] }]
      : [];
  });
  const sources = asList(value.envFrom).flatMap((entry, index): Edit[] =>
    missing(asRecord(entry), ['configMapRef', 'secretRef'])
      ? [{ reason: MISSING, remove: [`${pointer}/envFrom/${index}`] }]
      : [],
  );
  if (!isNamedByLabel) return [...sequential(removed), ...sources];
  const version = { name: 'VERSION', valueFrom: { fieldRef: { fieldPath: "metadata.labels['version']" } } };
  const kept = environment
    .filter(({ index }) => !removed.some(({ remove }) => remove?.includes(`${pointer}/env/${index}`)))
    .map(({ record }) => record);
  const reason = 'both arms run the same image, so each pod says the version of its label';
  return [{ reason, set: { [`${pointer}/env`]: [...kept, version] } }, ...sources];
}

/** Removals for several reasons would move each other's indices: they are one change. */
function sequential(edits: readonly Edit[]): Edit[] {
  const reasons = [...new Set(edits.map(({ reason }) => reason))].join('; ');
  return edits.map((edit) => ({ ...edit, reason: reasons }));
}

function sizeEdits({ value, pointer }: Container): Edit[] {
  const resources = asRecord(value.resources);
  const asked = { ...asRecord(resources?.limits), ...asRecord(resources?.requests) };
  const set = {
    ...(quantity(asked.cpu) > LARGE_CPU ? { [`${pointer}/resources/requests/cpu`]: '50m' } : {}),
    ...(quantity(asked.memory) > LARGE_MEMORY_BYTES ? { [`${pointer}/resources/requests/memory`]: '64Mi' } : {}),
  };
  return Object.keys(set).length > 0 ? [{ reason: SMALL, set }] : [];
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
};

/** A Kubernetes quantity as a number; 0 for none. */
function quantity(value: unknown): number {
  const [, figure = '0', unit = ''] = /^([\d.]+)([A-Za-z]*)$/.exec(String(value ?? '')) ?? [];
  return Number(figure) * (UNITS[unit] ?? 1);
}

/**
 * Where a workload listens: the target of the Services that select it, else its first port, else 8080.
 */
export function portOf({ object, containers, labels }: Workload, facts: UnitFacts): number {
  const ports = containers.flatMap(({ value }) => asList(value.ports).map((port) => asRecord(port) ?? {}));
  const named = (name: unknown) => ports.find((port) => port.name === name)?.containerPort;
  const targets = ofKind(facts, 'Service', '')
    .filter(({ namespace }) => namespace === object.namespace)
    .filter(({ value }) => {
      const selector = Object.entries(asRecord(valueAt(value, '/spec/selector')) ?? {});
      return selector.length > 0 && selector.every(([key, wanted]) => labels[key] === String(wanted));
    })
    .flatMap(({ value }) => asList(valueAt(value, '/spec/ports')).map((port) => asRecord(port) ?? {}))
    .map(({ targetPort, port }) =>
      typeof targetPort === 'string' && !/^\d+$/.test(targetPort) ? named(targetPort) : (targetPort ?? port),
    );
  return [...targets, ...ports.map(({ containerPort }) => containerPort)].map(Number).find(Number.isInteger) ?? 8080;
}
