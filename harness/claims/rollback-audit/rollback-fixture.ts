/** An Argo CD in memory that deploys commits and keeps its history, and clients that get what it deployed. */
import type { KubeObject } from '../../../k8s/client/object.ts';
import type { LoadResult } from '../../ports/load.ts';
import type { Scene } from '../../scene/scene.ts';
import {
  APPLICATION_COLLECTION,
  createFakeScene,
  type FakeScene,
  ROUTES,
  reviewsRoute,
  reviewsSamples,
} from '../../testkit/fakes/fake-scene.ts';
import { endingLoad } from '../../testkit/fakes/lasting-load.ts';
import type { RollbackAuditClaim } from './declaration.ts';

const SOURCE = { repoURL: 'http://git/bookinfo.git', path: '.' };
const DECLARED = { 'reviews-v1': 90, 'reviews-v3': 10 };
const CHANGED = { 'reviews-v1': 0, 'reviews-v3': 100 };

export interface Play {
  /** Entries before the claim, each with the number of its commit; more commits than 1 are made beforehand. */
  readonly before?: readonly object[];
  readonly commitsBefore?: number;
  /** Argo CD drops all but so many. */
  readonly limit?: number;
  readonly automated?: object | null;
  /** The cluster after the revert, where it is not as Git says. */
  readonly left?: Readonly<Record<string, number>>;
  readonly leftSpec?: object;
  /** v3's share that clients get after the revert. */
  readonly shareAfter?: number;
  /** Commits whose message begins so are not deployed. */
  readonly asleep?: string;
  /** Deployed, but an entry of those is not written. */
  readonly unrecorded?: string;
  readonly resources?: readonly object[];
  readonly distort?: (result: LoadResult) => LoadResult;
  readonly change?: Partial<Scene>;
  readonly onCommit?: (message: string) => void;
}

export interface Prepared {
  readonly scene: FakeScene;
  readonly claim: RollbackAuditClaim;
  /** Messages of the commits, the first of each. */
  readonly messages: () => readonly string[];
}

export const entry = (id: number, commit: string, change: object = {}): object => ({
  ...{ id, revision: commit, source: SOURCE, initiatedBy: { automated: true } },
  deployedAt: new Date(Date.UTC(2026, 0, 2) + id * 1_000).toISOString(),
  ...change,
});

export const sha = (number: number): string => `${number}`.repeat(40).slice(0, 40);

export async function prepared(play: Play = {}): Promise<Prepared> {
  let weights: Readonly<Record<string, number>> = DECLARED;
  const load = endingLoad(({ phase }) => {
    const share = phase.endsWith('reverted') ? (play.shareAfter ?? 0.1) : (weights['reviews-v3'] ?? 0) / 100;
    return reviewsSamples(share, 5_000);
  }, play.distort);
  const scene = await createFakeScene({ load, ...play.change });
  for (let more = 1; more < (play.commitsBefore ?? 1); more += 1) await scene.source.commit(scene.source.files, 'more');
  const { commits } = scene.source.repository;
  const history: object[] = [...(play.before ?? [entry(0, sha(1))])];
  const resources = play.resources ?? [
    { group: 'networking.istio.io', version: 'v1', kind: 'VirtualService', namespace: 'bookinfo', name: 'reviews' },
  ];
  const { automated = { prune: true, selfHeal: true } } = play;
  const hold = (spec: object = {}) => {
    const revision = commits.at(-1)?.sha ?? '';
    const kept = history.slice(Math.max(0, history.length - (play.limit ?? 10)));
    scene.client.put(APPLICATION_COLLECTION, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'bookinfo', namespace: 'argocd' },
      spec: { source: SOURCE, syncPolicy: { automated } },
      status: {
        ...{ sync: { status: 'Synced', revision }, health: { status: 'Healthy' }, resources },
        ...{ operationState: { phase: 'Succeeded' }, history: kept },
      },
    } satisfies KubeObject);
    const route = reviewsRoute(weights, spec);
    scene.client.put(ROUTES, {
      ...route,
      status: { observed: revision },
      metadata: { ...route.metadata, generation: 1 },
    });
  };
  hold();
  scene.client.react = (write) => {
    if (!write.startsWith('commit ')) return;
    const message = write.slice('commit '.length);
    play.onCommit?.(message);
    if (play.asleep !== undefined && message.startsWith(play.asleep)) return;
    const isRevert = message.startsWith('Revert');
    weights = isRevert ? (play.left ?? DECLARED) : CHANGED;
    const id = (history.at(-1) as { id?: number } | undefined)?.id ?? -1;
    if (play.unrecorded === undefined || !message.startsWith(play.unrecorded))
      history.push(entry(id + 1, commits.at(-1)?.sha ?? ''));
    hold(isRevert ? play.leftSpec : {});
  };
  const { split, path } = scene.claim('traffic-by-commit');
  return {
    scene,
    claim: {
      ...{ id: 'shop/rollback-audit', title: 'a revert brings back what was', kind: 'rollback-audit' },
      ...{ split, path, weights: CHANGED },
    },
    messages: () => scene.source.history.map(({ commit }) => commit.message.split('\n')[0] ?? ''),
  };
}
