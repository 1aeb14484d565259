/** `assert-split --identify proxy`: the access logs of a cluster's proxies name who answered; nothing there is changed. */
import { createClusterClient } from '../../../../k8s/client/cluster-client.ts';
import { followLog } from '../../../../k8s/client/follow-log.ts';
import { type Answerers, openAnswerers } from '../../../answerers/answerers.ts';
import { environmentError } from '../../../errors/harness-error.ts';
import type { LoadRequest, LoadRunner } from '../../../ports/load.ts';
import { pause } from '../../../process/pause.ts';
import { versionOfPod } from '../../../rollouts/version-of-pod.ts';
import type { ProbeAnswer } from '../../../traffic/identify-answer.ts';
import type { ProxiesRef } from '../../traffic-requests.ts';
import type { World } from '../../world.ts';
import { readableContext } from './readable-context.ts';

/** @throws HarnessError those of readableContext (exit 2) */
export async function openProxies(world: World, ref: ProxiesRef, namespace: string): Promise<Answerers> {
  const file = await readableContext(world, ref);
  return openAnswerers({
    client: createClusterClient(file, ref.context),
    follow: (target, onBytes, signal) => followLog(file, target, onBytes, signal, ref.context),
    namespaces: [namespace],
    // as the arms of a VirtualService are named: by the label, else by the tag
    versionOf: (pod) => versionOfPod(pod, []),
    nameOf: (_service, version) => version,
    now: world.now,
    pause,
    signal: world.interruption.signal,
  });
}

/** One request that says which one it is. */
export type MarkedProbe = (userAgent: string | undefined) => Promise<ProbeAnswer>;

/**
 * The probe whose first answers are named by the proxies, through the same join as the load's.
 * @throws HarnessError PROXY_LOG_SILENT (exit 3) when no proxy of the Service logged the request, and what the probe throws
 */
export function namedProbe(
  probe: MarkedProbe,
  answerers: Answerers,
  { service, url, context }: { readonly service: string; readonly url: string; readonly context: string },
  signal: AbortSignal,
): () => Promise<ProbeAnswer> {
  let isNamed = false;
  return async () => {
    if (isNamed) return probe(undefined);
    const answers: ProbeAnswer[] = [];
    const asked = answerers.joined(oneRequest(probe, answers));
    let answerer = '';
    const onSample = ({ identity }: { readonly identity: string }) => {
      answerer = identity;
      return 'stop' as const;
    };
    await Promise.race([asked.run(requestOf(url, service), [], onSample, signal), refusal(answerers)]);
    const [answer] = answers;
    // an error of a server has a sentence of its own
    if (answer === undefined || answerer !== '' || answer.status >= 500) {
      isNamed = answerer !== '';
      return { ...answer!, answerer };
    }
    throw environmentError(
      'PROXY_LOG_SILENT',
      `${url} answered HTTP ${answer.status}, but the proxies of Service ${service} logged no such request`,
      {
        where: `${context}, pods of ${service} (${answerers.followed.size} proxies' logs are read in its namespace)`,
        hint: 'Do its pods have a sidecar, and does it write an access log? Istio is told to by a Telemetry in their namespace: spec.accessLogging: [{ providers: [{ name: envoy }] }]. A format of your own must hold user_agent (or x-request-id), response_code, response_flags, upstream_cluster and upstream_host by their names in Istio’s JSON encoding.',
      },
    );
  };
}

/** @throws HarnessError CLUSTER_UNREACHABLE, once the cluster has refused to tell of its pods */
async function refusal({ watching }: Answerers): Promise<never> {
  try {
    await watching;
  } catch (cause) {
    throw environmentError(
      'CLUSTER_UNREACHABLE',
      `the cluster does not tell of its pods: ${cause instanceof Error ? cause.message : String(cause)}`,
      { hint: 'Whoever reads needs get, list and watch of pods and services, and get of pods/log.', cause },
    );
  }
  return new Promise(() => undefined);
}

function requestOf(url: string, receiver: string): LoadRequest {
  return {
    ...{ phase: 'preflight', url, headers: {}, hosts: {}, identify: { kind: 'proxy' }, receiver },
    ...{ ratePerSecond: 1, maxDurationMs: 1000, preAllocatedVus: 1, requestTimeoutMs: 1000 },
    newConnectionPerRequest: true,
  };
}

/** The probe as a load of one request. */
function oneRequest(probe: MarkedProbe, answers: ProbeAnswer[]): LoadRunner {
  return {
    async run({ marked }, _argvPrefix, onSample) {
      const answer = await probe(`${marked ?? ''}0`);
      answers.push(answer);
      const { status, durationMs } = answer;
      onSample({ ...{ sequence: 0, startMs: 0, endMs: durationMs, status, errorCode: 0, vu: 0 }, identity: '' });
      return {
        ...{ sent: 1, received: 1, droppedIterations: 0, interrupted: 0, vusMax: 1, vusAllocated: 1 },
        ...{ generatorCpuSeconds: 0, wallMs: durationMs, stoppedEarly: false, optionsJson: '{}' },
      };
    },
  };
}
