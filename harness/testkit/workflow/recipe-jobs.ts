/** The Jobs of docs/ci as they stand there, for a local cluster: its images, its sizes, and no privilege, which it refuses. */

import { HOST_PATHS } from '../../../clusters/local/host-paths.ts';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { imageOf, NIGHT, SIMULATION } from './gated-shop.ts';
import { manifestsOf } from './run-container.ts';

interface Variable {
  readonly name: string;
  readonly value?: string;
}
interface PodSpec {
  readonly containers: readonly [{ readonly env: readonly Variable[]; readonly volumeMounts: readonly object[] }];
}
interface JobSpec {
  readonly template: { readonly spec: PodSpec };
}
type Values = Readonly<Record<string, string>>;

/** The first container with values of one's own in place of the recipe's, and with others that it does not have. */
function withValues(spec: JobSpec, file: string, values: Values, pod: object = {}): JobSpec {
  const [{ securityContext, ...container }] = spec.template.spec.containers as unknown as [
    PodSpec['containers'][0] & { readonly securityContext?: { readonly privileged?: boolean } },
  ];
  const kept = container.env.filter(({ name }) => !(name in values));
  const own = Object.entries(values).map(([name, value]) => ({ name, value }));
  const changed = {
    ...container,
    ...(securityContext?.privileged ? {} : { securityContext }),
    ...{ image: imageOf(file), env: [...kept, ...own], resources: { requests: { cpu: '100m', memory: '128Mi' } } },
  };
  const template = { ...spec.template, spec: { ...spec.template.spec, ...pod, containers: [changed] } };
  return { ...spec, template } as unknown as JobSpec;
}

/** The claim and the CronJob of the night, and a volume for it: a local cluster makes none of its own. */
export function nightObjects(
  namespace: string,
  values: Values,
): { objects: KubeObject[]; job: (name: string) => KubeObject } {
  const [claim, cronJob] = manifestsOf(NIGHT) as unknown as [
    KubeObject,
    KubeObject & { readonly spec: { readonly jobTemplate: { readonly spec: JobSpec } } },
  ];
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: claim.metadata.name },
    spec: {
      capacity: { storage: '20Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: `${HOST_PATHS}/kept`, type: 'DirectoryOrCreate' },
    },
  };
  // as the gates bring it, because assert-split needs one
  const k6 = {
    name: 'k6',
    image: 'grafana/k6:2.2.0',
    command: ['sh', '-c', 'cp "$(command -v k6)" /kept/k6'],
    volumeMounts: [{ name: 'kept', mountPath: '/kept' }],
  };
  const spec = withValues(
    cronJob.spec.jobTemplate.spec,
    NIGHT,
    { ...values, CANARYPROOF_K6: '/kept/k6' },
    {
      initContainers: [k6],
    },
  );
  const night = {
    ...cronJob,
    metadata: { ...cronJob.metadata, namespace },
    spec: { ...cronJob.spec, jobTemplate: { spec } },
  };
  const job = (name: string) => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace }, spec });
  return {
    objects: [volume, { ...claim, metadata: { ...claim.metadata, namespace } }, night as unknown as KubeObject],
    job: job as unknown as (name: string) => KubeObject,
  };
}

/** @param options of `simulate`, as the Job hands them on */
export function simulationJob(namespace: string, parts: number, options: readonly string[]): KubeObject {
  const [job] = manifestsOf(SIMULATION) as unknown as [KubeObject & { readonly spec: JobSpec }];
  const spec = withValues(job.spec, SIMULATION, { PARTS: String(parts), SIMULATE: options.join('\n') });
  return {
    ...job,
    metadata: { ...job.metadata, namespace },
    spec: { ...spec, completions: parts, parallelism: parts },
  } as unknown as KubeObject;
}
