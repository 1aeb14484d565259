/** The Application of the run: theirs with another source, or one that is made. Pure. */
import { valueAt } from '../../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject } from '../../lint/manifest-set.ts';
import { MANIFESTS } from '../../overlay/rendered-files.ts';
import type { Subject } from '../subjects.ts';
import type { Change } from './change.ts';

/** Replaced by the address of the run's repository. */
const REPOSITORY = 'https://git.example.com/run.git';
const SOURCE = { repoURL: REPOSITORY, path: MANIFESTS, targetRevision: 'HEAD' };
const SERVER = 'https://kubernetes.default.svc';

/** What the Rollouts controller writes is not Git's to decide. (It adds a hash to subsets and selectors, too.) */
const IGNORED = {
  VirtualService: ['.spec.http[]?.route[]?.weight'],
  DestinationRule: ['.spec.subsets[]?.labels["rollouts-pod-template-hash"]'],
};
const OPTIONS = ['RespectIgnoreDifferences=true', 'ApplyOutOfSyncOnly=true'];

type Json = NonNullable<Change['set']>[string];

/** @param adopted objects that other units bring */
export function applicationChanges(
  application: ManifestObject | undefined,
  subjects: readonly Subject[],
  place: { readonly name: string; readonly namespace: string },
  adopted: readonly Change[],
): readonly Change[] {
  const isMoved = subjects.some(({ kind }) => kind === 'rollout');
  const destination = { server: SERVER, namespace: place.namespace };
  if (!application)
    return [
      {
        reason: 'no Application of the repository delivers this unit, so one is made',
        add: {
          apiVersion: 'argoproj.io/v1alpha1',
          kind: 'Application',
          metadata: { name: place.name, namespace: 'argocd' },
          spec: {
            project: 'default',
            source: SOURCE,
            destination,
            ...(isMoved ? { ignoreDifferences: ignoredDifferences() } : {}),
            syncPolicy: {
              automated: { prune: true, selfHeal: !isMoved },
              ...(isMoved ? { syncOptions: OPTIONS } : {}),
            },
          },
        },
      },
    ];
  const { value, kind, name } = application;
  const written = asRecord(value.spec) ?? {};
  const object = { kind, name };
  const automated = asRecord(valueAt(value, '/spec/syncPolicy/automated'));
  const heals = automated?.selfHeal === true;
  const ignores = asList(written.ignoreDifferences) as readonly Json[];
  const routesElsewhere = adopted.some(({ add }) => add !== undefined && add.kind in IGNORED);
  return [
    {
      reason: 'it reads what the run rendered, from the Git server of the run, into the cluster of the run',
      object,
      ...(written.sources === undefined ? {} : { remove: ['/spec/sources'] }),
      set: {
        '/metadata/namespace': 'argocd',
        '/spec/project': 'default',
        '/spec/source': SOURCE,
        '/spec/destination': destination,
      },
    },
    ...(automated && automated.enabled !== false
      ? []
      : [
          {
            reason: 'its automated sync is off, and in the run a commit is what deploys',
            object,
            set: { '/spec/syncPolicy/automated': { prune: true, selfHeal: false } },
          },
        ]),
    ...(isMoved && (routesElsewhere || (ignores.length === 0 && !heals))
      ? [
          {
            reason: routesElsewhere
              ? 'another Application delivers the routes whose weights the Rollouts controller writes, and this one knows nothing of them'
              : 'the weights that the Rollouts controller writes would make it OutOfSync, and a sync would reset them',
            object,
            set: {
              '/spec/ignoreDifferences': [...ignores, ...ignoredDifferences()],
              '/spec/syncPolicy/syncOptions': [
                ...new Set([...asList(valueAt(value, '/spec/syncPolicy/syncOptions')).map(String), ...OPTIONS]),
              ],
            },
          },
        ]
      : []),
  ];
}

function ignoredDifferences() {
  return Object.entries(IGNORED).map(([kind, jqPathExpressions]) => ({
    group: 'networking.istio.io',
    kind,
    jqPathExpressions,
  }));
}
