/** Has Argo CD look at an Application now, instead of at its next poll. */
import type { KubeObject } from '../../k8s/client/object.ts';
import { APPLICATIONS } from '../scene/application.ts';
import { environmentKeeps, subjectKeeps, type Wait } from '../scene/promise.ts';
import type { Scene } from '../scene/scene.ts';

const REFRESH = 'argocd.argoproj.io/refresh';

type RefreshScene = Pick<Scene, 'client' | 'application' | 'profile' | 'signal'>;

interface Refresh {
  /** What is waited for, as the error says it. */
  readonly what: string;
  /** Default: the scene's own. */
  readonly application?: string;
  /** Merged into the Application by the same write. */
  readonly spec?: object;
  /** What must be true as well; default: that it has looked. */
  readonly met?: (application: KubeObject | undefined) => boolean;
  readonly timeoutMs?: number;
  /** Whose promise it is that it looks: the subject's in a claim about that, else what a claim needs. */
  readonly whose?: Wait['whose'];
}

/** Asks, and does not wait. */
export async function askForRefresh(
  { client, application }: Pick<Scene, 'client' | 'application'>,
  name = application.name,
  change: { readonly spec?: object } = {},
): Promise<void> {
  const applications = { ...APPLICATIONS, namespace: application.namespace };
  await client.patch(applications, name, 'merge', { metadata: { annotations: { [REFRESH]: 'normal' } }, ...change });
}

/**
 * Asks, and waits until it has looked: the controller takes the annotation away then.
 * @throws HarnessError WAIT_TIMEOUT, or PromiseNotKept
 */
export async function refreshUntil(scene: RefreshScene, refresh: Refresh): Promise<void> {
  const { client, application, profile, signal } = scene;
  const { what, spec, met = () => true, timeoutMs = profile.budgets.applicationSyncedMs } = refresh;
  const name = refresh.application ?? application.name;
  await askForRefresh(scene, name, spec === undefined ? {} : { spec });
  await client.waitFor(
    { ...APPLICATIONS, namespace: application.namespace },
    name,
    (object) => object?.metadata.annotations?.[REFRESH] === undefined && met(object),
    refresh.whose === 'subject'
      ? subjectKeeps({ timeoutMs, what, signal, layer: 'git' })
      : environmentKeeps({ timeoutMs, what, signal }),
  );
}

/** Resolves when the controller has looked at an Application without automated sync; before, it would still heal. */
export async function suspendAutomatedSync(scene: RefreshScene): Promise<void> {
  await refreshUntil(scene, {
    what: `Argo CD to notice that automated sync of ${scene.application.name} is off`,
    spec: { syncPolicy: { automated: null } },
  });
}
