/** Plays Argo CD and Kustomize for one Application: renders the folder, sees a commit at its poll or when asked. */
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { applicationObject } from '../../delivery/deploy-profile.ts';
import type { RepositoryFile } from '../../profile/collect-repository.ts';
import type { Profile } from '../../profile/profile.ts';
import { type RolloutsCluster, resourceOf } from './fake-rollouts-cluster.ts';

export interface GitOpsFaults {
  /** Default: a minute. */
  pollMs?: number;
  /** Commits are seen and never applied. */
  neverSyncs?: boolean;
}

const POLL_MS = 60_000;
const SYNC_MS = 2_000;
const REFRESH = 'argocd.argoproj.io/refresh';
const RENDERED = new Set([
  ...[
    'Rollout',
    'HorizontalPodAutoscaler',
    'Service',
    'Gateway',
    'VirtualService',
    'DestinationRule',
    'AnalysisTemplate',
  ],
]);

export function createFakeGitOps(
  cluster: RolloutsCluster,
  profile: Profile,
  faults: GitOpsFaults,
  files: () => readonly RepositoryFile[],
) {
  let applied: readonly RepositoryFile[] = [];
  let seenMs: number | undefined;
  let pollsMs = 0;
  const named = applicationObject(files(), profile.source.application).metadata;
  const read = () => cluster.read('applications', named.namespace ?? 'argocd', named.name)!;
  const say = (sync: string, health: string) => {
    const { annotations: _, ...metadata } = read().metadata;
    cluster.write('applications', {
      ...read(),
      metadata,
      status: { sync: { status: sync }, health: { status: health } },
    });
  };
  const sync = () => {
    applied = files();
    for (const object of rendered(applied, profile)) {
      const resource = resourceOf(object.kind)!;
      const live = cluster.read(resource, object.metadata.namespace ?? '', object.metadata.name);
      // weights and hashes are the controller's, and only what differs is applied
      if (live && object.kind !== 'Rollout') continue;
      const spec = { ...live?.spec, ...object.spec };
      cluster.write(resource, live ? { ...live, spec } : object);
    }
    say('Synced', 'Healthy');
  };
  return {
    deploy() {
      cluster.write('applications', applicationObject(files(), profile.source.application));
      sync();
    },
    act(nowMs: number) {
      const isAsked = read().metadata.annotations?.[REFRESH] !== undefined;
      if (pollsMs === 0) pollsMs = nowMs + (faults.pollMs ?? POLL_MS);
      const looks = isAsked || nowMs >= pollsMs;
      if (nowMs >= pollsMs) pollsMs = nowMs + (faults.pollMs ?? POLL_MS);
      if (looks && seenMs === undefined && applied !== files()) {
        seenMs = nowMs;
        say('OutOfSync', 'Healthy');
      } else if (isAsked) say(seenMs === undefined ? 'Synced' : 'OutOfSync', 'Healthy');
      if (seenMs === undefined || nowMs < seenMs + SYNC_MS || faults.neverSyncs) return;
      seenMs = undefined;
      sync();
    },
  };
}

/** By their text: every scene of a process renders the same files, and what is rendered is a copy. */
const parsed = new Map<string, readonly KubeObject[]>();

function objectsIn(text: string): readonly KubeObject[] {
  const known = parsed.get(text) ?? parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
  parsed.set(text, known);
  return known;
}

/** What the overlay of the profile's first namespace renders to: place, image tag, and the two replacements. */
function rendered(files: readonly RepositoryFile[], profile: Profile): readonly KubeObject[] {
  const namespace = profile.namespaces[0]?.name ?? '';
  const overlay = files.find(({ path, text }) => path.endsWith('dev/kustomization.yaml') && text.includes('newTag'));
  const tag = /newTag:\s*"?([\w.]+)/.exec(overlay?.text ?? '')?.[1] ?? '';
  const texts = files.filter(({ path }) => path.endsWith('.yaml')).map(({ text }) => text);
  const objects = texts.flatMap(objectsIn);
  return objects
    .filter((object) => RENDERED.has(object?.kind ?? ''))
    .map((object) => {
      const text = JSON.stringify(object).replaceAll('.base.example.com', `.${namespace}.example.com`);
      const placed = JSON.parse(text) as KubeObject;
      const spec = placed.kind === 'Service' ? { ...placed.spec, clusterIP: '10.96.1.1' } : placed.spec;
      const moved = { ...placed, metadata: { ...placed.metadata, namespace }, spec: spec ?? {} };
      return moved.kind === 'Rollout' ? tagged(moved, tag) : moved;
    });
}

function tagged(rollout: KubeObject, tag: string): KubeObject {
  const { template } = rollout.spec as {
    template: { metadata: { labels: object }; spec: { containers: { image: string }[] } };
  };
  const containers = template.spec.containers.map((one) => ({ ...one, image: `${one.image}:${tag}` }));
  const metadata = { ...template.metadata, labels: { ...template.metadata.labels, version: tag } };
  return {
    ...rollout,
    spec: { ...rollout.spec, template: { ...template, metadata, spec: { ...template.spec, containers } } },
  };
}
