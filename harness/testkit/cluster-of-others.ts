/** A cluster that is somebody else's: what is there already, and what a run would do to it if nobody held it back. */
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { Collection, KubeObject } from '../../k8s/client/object.ts';
import { applyFault } from '../faults/apply-fault.ts';
import { k6Job } from '../load/in-cluster/k6-job.ts';
import type { Fault } from '../profile/faults.ts';
import type { Scene } from '../scene/scene.ts';

export const definition = (group: string, version: string, plural: string, kind: string): KubeObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
});

/** Of the user's own Argo CD and Istio. */
export const DEFINITIONS: readonly KubeObject[] = [
  definition('argoproj.io', 'v1alpha1', 'applications', 'Application'),
  definition('networking.istio.io', 'v1', 'virtualservices', 'VirtualService'),
  definition('networking.istio.io', 'v1alpha3', 'envoyfilters', 'EnvoyFilter'),
];

const route = (weight: number) => ({ http: [{ route: [{ weight }, { weight: 100 - weight }] }] });
const object = (
  apiVersion: string,
  kind: string,
  name: string,
  namespace: string | undefined,
  rest: object = {},
): KubeObject => ({
  apiVersion,
  kind,
  metadata: {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(rest as { labels?: object }),
  } as KubeObject['metadata'],
});
const withSpec = (made: KubeObject, spec: Readonly<Record<string, unknown>>): KubeObject => ({ ...made, spec });

/** @param cluster the name that our cluster bears too: a name is nobody's */
export function objectsOfOthers(cluster: string): readonly KubeObject[] {
  const claimed = { labels: { 'canaryproof.dev/cluster': cluster, 'canaryproof.dev/installation': 'somebody-elses' } };
  return [
    ...['argocd', 'istio-system', 'theirs'].map((name) => object('v1', 'Namespace', name, undefined)),
    object('v1', 'Namespace', 'theirs-too', undefined, claimed),
    object('v1', 'ConfigMap', 'settings', 'theirs'),
    object('v1', 'ConfigMap', 'settings', 'theirs-too', claimed),
    { ...object('rbac.authorization.k8s.io/v1', 'ClusterRole', 'theirs', undefined), rules: [] },
    object('storage.k8s.io/v1', 'StorageClass', 'theirs', undefined),
    withSpec(object('argoproj.io/v1alpha1', 'Application', 'theirs', 'argocd'), { project: 'theirs' }),
    withSpec(object('networking.istio.io/v1', 'VirtualService', 'reviews', 'theirs'), route(70)),
    withSpec(object('networking.istio.io/v1alpha3', 'EnvoyFilter', 'theirs', 'istio-system'), {}),
  ].map((made) => (made.kind === 'StorageClass' ? { ...made, provisioner: 'example.com/none' } : made));
}

/** Of every object of others, exactly as it is. */
export async function snapshot(admin: ClusterClient, objects: readonly KubeObject[]): Promise<readonly string[]> {
  return Promise.all(
    objects.map(async ({ apiVersion = '', kind = '', metadata: { name, namespace = '' } }) => {
      const at = await admin.locate({ apiVersion, kind, namespace });
      const found = await admin.get(at, name);
      return `${kind} ${namespace}/${name}: ${found === undefined ? 'gone' : JSON.stringify(found)}`;
    }),
  );
}

const APPLICATIONS: Collection = { apiVersion: 'argoproj.io/v1alpha1', resource: 'applications', namespace: 'argocd' };
const ROUTES = { apiVersion: 'networking.istio.io/v1', resource: 'virtualservices' } as const;
const MAPS = { apiVersion: 'v1', resource: 'configmaps' } as const;
const NAMESPACES = { apiVersion: 'v1', resource: 'namespaces' } as const;
const ROLES = { apiVersion: 'rbac.authorization.k8s.io/v1', resource: 'clusterroles' } as const;

/** What `--install-addons` makes, with a name that is taken among it. Ends at the first error, as an addon does. */
export async function writeAsAddons(client: ClusterClient, ours: string): Promise<void> {
  await client.apply([object('v1', 'Namespace', ours, undefined)]);
  await client.apply([object('v1', 'ConfigMap', 'made', undefined)], { namespace: ours });
  await client.apply([
    { ...object('rbac.authorization.k8s.io/v1', 'ClusterRole', ours, undefined), rules: [] },
    definition(`${ours}.example.com`, 'v1', 'things', 'Thing'),
  ]);
  await refused(() => client.apply([{ ...object(ROLES.apiVersion, 'ClusterRole', 'theirs', undefined), rules: [] }]));
  await refused(() => client.apply([withSpec(object('storage.k8s.io/v1', 'StorageClass', 'theirs', undefined), {})]));
}

export interface WriteOutcome {
  /** Writes to what is not ours that nobody refused. */
  readonly accepted: readonly string[];
}

/** Every kind of write of a run, faults included, each at what is ours and at what is not; errors end only their write. */
export async function writeAsConform(client: ClusterClient, ours: string, node: string): Promise<WriteOutcome> {
  const accepted: string[] = [];
  const own = (work: () => Promise<unknown>) => work().catch(() => undefined);
  const foreign = async (what: string, work: () => Promise<unknown>) => {
    if (
      await work().then(
        () => true,
        () => false,
      )
    )
      accepted.push(what);
  };
  const inside = { ...ROUTES, namespace: ours };
  const theirs = { ...ROUTES, namespace: 'theirs' };
  const weight = [{ op: 'replace', path: '/spec/http/0/route/0/weight', value: 1 }];
  const application = (name: string) =>
    withSpec(object(APPLICATIONS.apiVersion, 'Application', name, 'argocd'), { ours });
  await own(() => client.apply([object('v1', 'Namespace', ours, undefined)]));
  await own(() => client.apply([application(ours)]));
  await own(() => client.patch(APPLICATIONS, ours, 'merge', { spec: { syncPolicy: null } }));
  await own(() =>
    client.create(inside, withSpec(object(ROUTES.apiVersion, 'VirtualService', 'reviews', ours), route(90))),
  );
  await own(() => client.patch(inside, 'reviews', 'json', weight));
  await own(() => client.patch(inside, 'reviews', 'merge', { status: { abort: true } }, 'status'));
  await own(() => applyFault(faultIn(ours), sceneOf(client)));
  await own(() => client.apply(k6Job(jobIn(ours))));
  await own(() => client.delete({ apiVersion: 'batch/v1', resource: 'jobs', namespace: ours }, 'k6-load'));
  await own(() => client.delete(inside, 'reviews'));

  for (const name of ['theirs', 'theirs-too']) {
    await foreign(`apply Namespace ${name}`, () => client.apply([object('v1', 'Namespace', name, undefined)]));
    await foreign(`delete Namespace ${name}`, () => client.delete(NAMESPACES, name));
    await foreign(`delete settings in ${name}`, () => client.delete({ ...MAPS, namespace: name }, 'settings'));
    await foreign(`create in ${name}`, () =>
      client.create({ ...MAPS, namespace: name }, object('v1', 'ConfigMap', 'new', name)),
    );
  }
  await foreign('create what is there', () =>
    client.create({ ...MAPS, namespace: 'theirs' }, object('v1', 'ConfigMap', 'settings', 'theirs')),
  );
  await foreign('apply Application', () => client.apply([application('theirs')]));
  await foreign('patch Application', () => client.patch(APPLICATIONS, 'theirs', 'merge', { spec: { x: 1 } }));
  await foreign('weights by hand', () => client.patch(theirs, 'reviews', 'json', weight));
  await foreign('status', () => client.patch(theirs, 'reviews', 'merge', { status: { abort: true } }, 'status'));
  await foreign('delete VirtualService', () => client.delete(theirs, 'reviews'));
  await foreign('fault', () => applyFault(faultIn('theirs'), sceneOf(client)));
  await foreign('delete ClusterRole', () => client.delete(ROLES, 'theirs'));
  await foreign('patch Node', () =>
    client.patch({ apiVersion: 'v1', resource: 'nodes' }, node, 'merge', { spec: { unschedulable: true } }),
  );
  await foreign('delete Node', () => client.delete({ apiVersion: 'v1', resource: 'nodes' }, node));
  await foreign('EnvoyFilter at the shared gateway', () =>
    client.apply([
      withSpec(object('networking.istio.io/v1alpha3', 'EnvoyFilter', 'canaryproof-errors', 'istio-system'), {}),
    ]),
  );
  return { accepted };
}

async function refused(work: () => Promise<unknown>): Promise<void> {
  const done = await work().then(
    () => true,
    () => false,
  );
  if (done) throw new Error('a write to an object of others was accepted');
}

function faultIn(namespace: string): Fault {
  const ref = { apiVersion: ROUTES.apiVersion, kind: 'VirtualService', name: 'reviews', namespace };
  return {
    name: 'weights',
    title: 'other weights',
    suspendAutoSync: false,
    apply: [withSpec(object('networking.istio.io/v1alpha3', 'EnvoyFilter', 'wrong', namespace), {})],
    patches: [{ ...ref, type: 'merge', patch: { spec: route(1) } }],
  } as unknown as Fault;
}

function sceneOf(client: ClusterClient): Scene {
  const step = { update: () => undefined, done: () => undefined, fail: () => undefined };
  return { client, progress: { step: () => step }, recorder: { event: () => undefined } } as unknown as Scene;
}

function jobIn(namespace: string) {
  const rest = { meshed: false, labels: {}, stopSeconds: 1, environment: {}, deadlineSeconds: 60 };
  return { name: 'k6-load', namespace, image: 'k6', script: '', ...rest };
}
