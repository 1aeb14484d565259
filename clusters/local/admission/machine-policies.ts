/**
 * What the API server of a local cluster refuses to take, in every namespace and by whichever kind of object it comes: pods
 * that reach for the node, which is this machine. The runtime refuses or withholds the same once more, because whoever may
 * change these policies (Argo CD deploys as cluster-admin) can take them away; here it is refused when it is deployed, and said.
 */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { HOST_PATHS } from '../host-paths.ts';

const API = 'admissionregistration.k8s.io/v1';
export const POD_POLICY = 'canaryproof-pods';
export const VOLUME_POLICY = 'canaryproof-volumes';

/** A folder directly below the node's own; neither that one itself nor its parent. RE2, in a CEL string. */
const OWN_FOLDER = `^${HOST_PATHS}/([^/.][^/]*|[.][^/.][^/]*|[.][.][^/]+)/?$`;
const isOwnFolder = (path: string) => `${path}.matches('${OWN_FOLDER}')`;
const ONLY_HERE = `here a hostPath may only be a folder directly below ${HOST_PATHS}`;

/** Where a pod is written down in each kind that holds one; a Rollout that names a Deployment holds none. */
const POD_SPEC = [
  "object.kind == 'Pod' ? object.spec",
  "object.kind == 'CronJob' ? object.spec.jobTemplate.spec.template.spec",
  "object.kind == 'PodTemplate' ? object.template.spec",
  'object.spec.?template.?spec.orValue({})',
].join(' : ');
const CONTAINERS = ['containers', 'initContainers', 'ephemeralContainers']
  .map((list) => `variables.pod.?${list}.orValue([])`)
  .join(' + ');

interface Rule {
  readonly apiGroup: string;
  readonly apiVersion: string;
  readonly resources: readonly string[];
}

const PODS: readonly Rule[] = [
  {
    apiGroup: '',
    apiVersion: 'v1',
    resources: ['pods', 'pods/ephemeralcontainers', 'podtemplates', 'replicationcontrollers'],
  },
  { apiGroup: 'apps', apiVersion: 'v1', resources: ['daemonsets', 'deployments', 'replicasets', 'statefulsets'] },
  { apiGroup: 'batch', apiVersion: 'v1', resources: ['cronjobs', 'jobs'] },
  { apiGroup: 'argoproj.io', apiVersion: '*', resources: ['rollouts'] },
];
const VOLUMES: readonly Rule[] = [{ apiGroup: '', apiVersion: 'v1', resources: ['persistentvolumes'] }];

interface Validation {
  readonly expression: string;
  readonly message: string;
}

/** Each policy and its binding, to be applied whole. Pure. */
export function machinePolicies(): readonly KubeObject[] {
  return [
    ...policy(POD_POLICY, PODS, [
      {
        expression: ['hostNetwork', 'hostPID', 'hostIPC']
          .map((field) => `!variables.pod.?${field}.orValue(false)`)
          .join(' && '),
        message: 'the node is this machine: hostNetwork, hostPID and hostIPC are not to be had here',
      },
      {
        expression: 'variables.containers.all(c, !c.?securityContext.?privileged.orValue(false))',
        message: 'the node is this machine: no container is privileged here',
      },
      {
        expression: `variables.pod.?volumes.orValue([]).all(v, !has(v.hostPath) || ${isOwnFolder('v.hostPath.path')})`,
        message: `the node is this machine: ${ONLY_HERE}`,
      },
    ]),
    ...policy(VOLUME_POLICY, VOLUMES, [
      {
        expression: `(!has(object.spec.hostPath) || ${isOwnFolder('object.spec.hostPath.path')}) && (!has(object.spec.local) || ${isOwnFolder('object.spec.local.path')})`,
        message: `the node is this machine: ${ONLY_HERE}, by whichever volume`,
      },
    ]),
  ];
}

function policy(name: string, rules: readonly Rule[], validations: readonly Validation[]): readonly KubeObject[] {
  const variables = [
    { name: 'pod', expression: POD_SPEC },
    { name: 'containers', expression: CONTAINERS },
  ];
  return [
    {
      apiVersion: API,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        // what cannot be judged is not taken
        failurePolicy: 'Fail',
        matchConstraints: {
          matchPolicy: 'Equivalent',
          resourceRules: rules.map(({ apiGroup, apiVersion, resources }) => ({
            apiGroups: [apiGroup],
            apiVersions: [apiVersion],
            operations: ['CREATE', 'UPDATE'],
            resources,
          })),
        },
        ...(rules === PODS ? { variables } : {}),
        validations: validations.map((one) => ({ ...one, reason: 'Forbidden' })),
      },
    },
    {
      apiVersion: API,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      // no selector: every namespace, those of addons too
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ];
}
