/** What a pod needs on a cluster of host processes, where a stand-in answers for the program of every image. Pure. */
import { pointerSegments, pointerTo, valueAt } from '../../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject } from '../../lint/manifest-set.ts';
import { type Container, ofKind, POD_SPEC, type UnitFacts, type Workload } from '../unit-facts.ts';
import { type Change, changesOf, type Edit } from './change.ts';

const STAND_IN = 'the stand-in answers instead of their program, and would never end as one of these';
const SMALL = 'the run has one small machine';
const PLACES = 'the cluster has one node, without labels, classes or registries';
const MISSING = 'neither the unit nor the cluster has what it refers to';
const UNSAFE = 'a run gives no pod the machine';

/** Its program and its Node lie below these. */
const HIDES_STAND_IN = /^\/(app|usr|usr\/local|usr\/local\/bin)?\/?$/;
const STARTS = 'the stand-in starts at once';
const SOON_READY_SECONDS = 2;
/** Of readiness and startup probes. */
const SOON_SECONDS = { initialDelaySeconds: 1, periodSeconds: 2 };
const MOST_REPLICAS = 2;
const LARGE_CPU = 0.1;
const LARGE_MEMORY_BYTES = 128 * 1024 * 1024;

export function podChanges(facts: UnitFacts): readonly Change[] {
  return facts.workloads.flatMap((workload) =>
    changesOf(workload.object, facts, [
      ...podEdits(workload, facts),
      ...replicas(workload.object),
      ...workload.containers.flatMap((container) => [
        ...programEdits(container),
        ...probeEdits(container),
        ...environmentEdits(container, facts),
        ...sizeEdits(container),
      ]),
    ]),
  );
}

function podEdits({ object }: Workload, facts: UnitFacts): Edit[] {
  const spec = asRecord(valueAt(object.value, POD_SPEC)) ?? {};
  const present = (keys: readonly string[], reason: string): Edit[] =>
    keys.filter((key) => spec[key] !== undefined).map((key) => ({ reason, remove: [`${POD_SPEC}/${key}`] }));
  const account = spec.serviceAccountName ?? spec.serviceAccount;
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
        'schedulerName',
        'resourceClaims',
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
    // a pod starts without what is optional
    (configMap && (configMap.optional === true || has('ConfigMap', configMap.name))) ||
    (secret && (secret.optional === true || has('Secret', secret.secretName)));
  return isThere ? [] : [{ reason: MISSING, set: { [`${POD_SPEC}/volumes/${index}`]: { name, emptyDir: {} } } }];
}

function replicas({ kind, value }: ManifestObject): Edit[] {
  const count = valueAt(value, '/spec/replicas');
  const ready = valueAt(value, '/spec/minReadySeconds');
  return [
    ...(typeof count === 'number' && count > MOST_REPLICAS
      ? [{ reason: SMALL, set: { '/spec/replicas': MOST_REPLICAS } }]
      : []),
    ...(count === 0 && kind === 'Rollout'
      ? [{ reason: 'without a pod it serves nobody', set: { '/spec/replicas': 1 } }]
      : []),
    ...(Number(ready) > SOON_READY_SECONDS
      ? [{ reason: STARTS, set: { '/spec/minReadySeconds': SOON_READY_SECONDS } }]
      : []),
  ];
}

function programEdits({ value, pointer }: Container): Edit[] {
  const security = asRecord(value.securityContext);
  const hidden = asList(value.volumeMounts).flatMap((mount, index) =>
    HIDES_STAND_IN.test(String(asRecord(mount)?.mountPath)) ? [`${pointer}/volumeMounts/${index}`] : [],
  );
  const hostPorts = asList(value.ports).flatMap((port, index) =>
    asRecord(port)?.hostPort === undefined ? [] : [`${pointer}/ports/${index}/hostPort`],
  );
  return [
    ...(hostPorts.length > 0 ? [{ reason: UNSAFE, remove: hostPorts }] : []),
    ...(hidden.length > 0 ? [{ reason: 'mounted there it would hide the stand-in', remove: hidden }] : []),
    ...['privileged', 'capabilities', 'allowPrivilegeEscalation']
      .filter((key) => security?.[key] !== undefined && security[key] !== false)
      .filter((key) => key !== 'capabilities' || asRecord(security?.capabilities)?.add !== undefined)
      .map((key) => ({ reason: UNSAFE, remove: [`${pointer}/securityContext/${key}`] })),
  ];
}

/** Programs of strangers take their time to start; a pod of the run is ready as soon as it answers. */
function probeEdits({ value, pointer }: Container): Edit[] {
  const set = Object.fromEntries(
    ['readinessProbe', 'startupProbe'].flatMap((name) => {
      const probe = asRecord(value[name]);
      return Object.entries(SOON_SECONDS)
        .filter(([key, most]) => Number(probe?.[key]) > most)
        .map(([key, most]) => [`${pointer}/${name}/${key}`, most] as const);
    }),
  );
  return Object.keys(set).length > 0 ? [{ reason: STARTS, set }] : [];
}

/** References to what is not there would keep the pod from starting. */
function environmentEdits({ value, pointer }: Container, facts: UnitFacts): Edit[] {
  const has = (kind: string, name: unknown) => ofKind(facts, kind, '').some((object) => object.name === name);
  const isMissing = (entry: unknown, keys: readonly [string, string]) =>
    keys.some((key, i) => {
      const reference = asRecord(asRecord(entry)?.[key]);
      return (
        reference !== undefined && reference.optional !== true && !has(i === 0 ? 'ConfigMap' : 'Secret', reference.name)
      );
    });
  const removed = (list: string, entries: readonly unknown[], keys: readonly [string, string]) =>
    entries.flatMap((entry, index): Edit[] =>
      isMissing(entry, keys) ? [{ reason: MISSING, remove: [`${pointer}/${list}/${index}`] }] : [],
    );
  const from = asList(value.env).map((entry) => asRecord(entry)?.valueFrom);
  return [
    ...removed('env', from, ['configMapKeyRef', 'secretKeyRef']),
    ...removed('envFrom', asList(value.envFrom), ['configMapRef', 'secretRef']),
  ];
}

function sizeEdits({ value, pointer }: Container): Edit[] {
  const resources = asRecord(value.resources);
  const asked = { ...asRecord(resources?.limits), ...asRecord(resources?.requests) };
  const set = {
    ...(quantity(asked.cpu) > LARGE_CPU ? { [`${pointer}/resources/requests/cpu`]: '50m' } : {}),
    ...(quantity(asked.memory) > LARGE_MEMORY_BYTES ? { [`${pointer}/resources/requests/memory`]: '64Mi' } : {}),
  };
  const devices = ['limits', 'requests'].flatMap((list) =>
    Object.keys(asRecord(resources?.[list]) ?? {})
      .filter((name) => !/^(cpu|memory|ephemeral-storage)$/.test(name))
      .map((name) => pointerTo(...pointerSegments(pointer), 'resources', list, name)),
  );
  return [
    ...(Object.keys(set).length > 0 ? [{ reason: SMALL, set }] : []),
    ...(devices.length > 0 ? [{ reason: 'the machine has no such device', remove: devices }] : []),
  ];
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
