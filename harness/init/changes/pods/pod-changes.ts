/** What a pod needs on a cluster of host processes, where a stand-in answers for the program of every image. Pure. */
import { valueAt } from '../../../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject } from '../../../lint/manifest-set.ts';
import { type Container, ofKind, POD_SPEC, type UnitFacts, type Workload } from '../../unit-facts.ts';
import { type Change, changesOf, type Edit } from '../change.ts';
import { kernelEdits } from './kernel-edits.ts';
import { nameEdits, placeEdits } from './place-edits.ts';
import { environmentEdits, MISSING, volumeEdits } from './reference-edits.ts';
import { SMALL, sizeEdits } from './size-edits.ts';

const STAND_IN = 'the stand-in answers instead of their program, and would never end as one of these';

/** Its program and its Node lie below these. */
const HIDES_STAND_IN = /^\/(app|usr|usr\/local|usr\/local\/bin)?\/?$/;
const UNSAFE = 'a run gives no pod the machine';
const STARTS = 'the stand-in starts at once';
const SOON_READY_SECONDS = 2;
/** Of readiness and startup probes. */
const SOON_SECONDS = { initialDelaySeconds: 1, periodSeconds: 2 };
const MOST_REPLICAS = 2;

export function podChanges(facts: UnitFacts): readonly Change[] {
  return facts.workloads.flatMap((workload) =>
    changesOf(workload.object, facts, [
      ...podEdits(workload, facts),
      ...replicas(workload.object),
      ...workload.containers.flatMap((container) => [
        ...programEdits(container),
        ...probeEdits(container),
        ...environmentEdits(container, workload.object.namespace, facts),
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
  const hasAccount =
    account === 'default' ||
    ofKind(facts, 'ServiceAccount', '').some(
      ({ name, namespace }) => name === account && namespace === object.namespace,
    );
  return [
    ...present(['initContainers'], STAND_IN),
    ...placeEdits(object),
    ...present(['hostNetwork', 'hostPID', 'hostIPC'], UNSAFE),
    ...kernelEdits(object),
    ...nameEdits(spec),
    ...(spec.resources === undefined ? [] : present(['resources'], SMALL)),
    ...(account !== undefined && !hasAccount ? present(['serviceAccountName', 'serviceAccount'], MISSING) : []),
    ...volumeEdits(object, facts),
  ];
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
  // on another address nobody of the run listens
  const elsewhere = ['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((name) =>
    ['httpGet', 'tcpSocket']
      .filter((kind) => asRecord(asRecord(value[name])?.[kind])?.host !== undefined)
      .map((kind) => `${pointer}/${name}/${kind}/host`),
  );
  return [
    ...(Object.keys(set).length > 0 ? [{ reason: STARTS, set }] : []),
    ...(elsewhere.length > 0 ? [{ reason: 'a pod of the run answers under its own address', remove: elsewhere }] : []),
  ];
}
