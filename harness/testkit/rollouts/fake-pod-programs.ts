/**
 * Programs that the harness starts inside pods and beside the cluster, without a process: the order to a stand-in to
 * misbehave, the receiver of commit statuses, and the reader of a gateway's routes. For `vi.mock` of the two modules
 * that start them.
 */
import type { KubeObject } from '../../../k8s/client/object.ts';
import type { runReader } from '../../evidence/proxy-reader.ts';
import { ProgramError, type RunOptions, type RunResult } from '../../process/run-program.ts';
import { canaryWeight, readCanary, rolloutStatus } from '../../rollouts/rollout-object.ts';
import type { FakeRolloutScene } from './fake-rollout-scene.ts';

export interface ProgramFaults {
  /** No notification is sent, or one with another state. */
  posts?: 'nothing' | string;
  /** The gateway keeps routing to the canary. */
  gatewayKeepsCanary?: boolean;
}

export interface FakePodPrograms {
  run(argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  readonly read: typeof runReader;
}

export function createFakePodPrograms(scene: FakeRolloutScene, faults: ProgramFaults = {}): FakePodPrograms {
  const said = (stdout: string): RunResult => ({ stdout, stderr: '', exitCode: 0, durationMs: 1 });

  /** `enter NAMESPACE POD node … URL BODY AT FOR`: from a time on, and for a time, as the program in the pod does it. */
  async function misbehave([, namespace = '', pod = '', ...argv]: readonly string[], signal: AbortSignal) {
    const { labels = {} } = scene.client.read('pods', namespace, pod)?.metadata ?? {};
    const pods = `${namespace}/${labels['rollouts-pod-template-hash']}`;
    const [body = '{}', at = '0', forMs = ''] = argv.slice(argv.findIndex((word) => word.endsWith('/-/behaviour')) + 1);
    const changed = () => JSON.stringify({ changedAtMs: scene.now() });
    if (Number(at) > scene.now()) await scene.time.pause(Number(at) - scene.now(), signal);
    scene.traffic.behaviours.set(pods, JSON.parse(body));
    const on = changed();
    if (forMs === '') return said(on);
    await scene.time.pause(Number(forMs), signal);
    scene.traffic.behaviours.set(pods, {});
    return said(`${on}\n${changed()}\n`);
  }

  function receive({ onLine, signal }: RunOptions): Promise<RunResult> {
    const say = (line: object) => onLine?.(JSON.stringify(line), 'stdout');
    const told = new Set<string>();
    const stopTicking = scene.time.onTick((atMs) => {
      for (const rollout of scene.client.all('rollouts')) {
        const key = rollout.metadata.uid ?? '';
        if (told.has(key) || !rolloutStatus(rollout).abort || faults.posts === 'nothing') continue;
        told.add(key);
        const body = notification(scene, rollout)?.replace('"failure"', JSON.stringify(faults.posts ?? 'failure'));
        if (body) say({ atMs, method: 'POST', path: '/statuses', body });
      }
    });
    say({ listening: 9_000 });
    return untilAborted(signal!).then(() => {
      stopTicking();
      return said('');
    });
  }

  return {
    run: (argv, options = {}) =>
      (argv[0] === 'enter' ? misbehave(argv, options.signal!) : receive(options)).catch((cause: unknown) => {
        // an abort ends a program, and that is what whoever started it is told
        const ended = { exitCode: undefined, signal: 'SIGTERM', stdout: '', stderr: '' };
        throw new ProgramError(argv, { reason: 'canceled', cause, ...ended });
      }),
    async read(_argvPrefix, { hosts }, onLine, signal) {
      let known = '';
      const look = (at: number) => {
        for (const host of hosts) {
          const weights = weightsOf(scene, host);
          if (!weights || JSON.stringify(weights) === known) continue;
          if (faults.gatewayKeepsCanary && known !== '' && weights.canary === 0) continue;
          known = JSON.stringify(weights);
          onLine({ kind: 'route', at, since: at, host, route: { weights, version: '', updatedMs: at } });
        }
      };
      const stopTicking = scene.time.onTick(look);
      look(scene.now());
      await untilAborted(signal);
      stopTicking();
      return undefined;
    },
  };
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** What the controller's notification would say, from the ConfigMap; undefined where the Rollout did not ask for it. */
function notification({ client }: FakeRolloutScene, rollout: KubeObject): string | undefined {
  const { name, namespace, annotations = {} } = rollout.metadata;
  const service = Object.keys(annotations).find((key) => key.startsWith('notifications.argoproj.io/subscribe.'));
  const config = client.read('configmaps', 'argo-rollouts', 'argo-rollouts-notification-configmap');
  const data = (config?.data ?? {}) as Readonly<Record<string, string>>;
  const template = data[`template.${service?.split('.').at(-1)}`];
  if (template === undefined) return undefined;
  const [webhook] = Object.values((JSON.parse(template) as { webhook: Record<string, { body: string }> }).webhook);
  return webhook?.body
    .replace('{{.rollout.metadata.namespace}}/{{.rollout.metadata.name}}', `${namespace}/${name}`)
    .replace('{{.rollout.status.currentPodHash}}', rolloutStatus(rollout).currentHash ?? '');
}

/** By subset, as Envoy's route to that host has them. */
function weightsOf({ client }: FakeRolloutScene, host: string): Record<string, number> | undefined {
  const route = client.all('virtualservices').find(({ spec }) => (spec as { hosts: string[] }).hosts.includes(host));
  const { namespace } = route?.metadata ?? {};
  const rollout = client.all('rollouts').find(({ metadata }) => metadata.namespace === namespace);
  const weight = route && rollout && canaryWeight(route, readCanary(rollout));
  return weight === undefined ? undefined : { stable: 100 - weight, canary: weight };
}
