/**
 * A Kiali that the cluster has, reached through the API server's proxy of its Service: on every provider alike, and without
 * a port of the machine. The API server keeps the account of the run to itself, so Kiali must let in whoever comes
 * (`auth.strategy: anonymous`, as in Istio's sample).
 */
import { z } from 'zod';
import { ApiError } from '../../../k8s/client/api-request.ts';
import { environmentError } from '../../errors/harness-error.ts';
import type { Scene } from '../../scene/scene.ts';
import { type KialiGraph, readGraph } from './graph-edges.ts';
import type { KialiPlace } from './kiali-claim.ts';
import type { Window } from './window.ts';

export interface Kiali {
  /** Its Service. */
  readonly where: string;
  about(): Promise<AboutKiali>;
  /** Of one namespace, by versions of its applications. */
  graph(namespace: string, window: Window): Promise<KialiGraph>;
}

export interface AboutKiali {
  readonly version: string;
  /** Of the Prometheus that it reads, as it says itself. */
  readonly scrapeMs: number;
}

const statusSchema = z.object({ status: z.record(z.string(), z.string()) });
const configSchema = z.object({
  prometheus: z.object({ globalScrapeInterval: z.number().positive(), enabled: z.boolean().default(true) }),
});
const GRAPH_TYPE = 'versionedApp';

/**
 * Every method throws HarnessError KIALI_MISSING (the cluster has none), KIALI_UNREACHABLE, KIALI_REFUSED (with what it
 * says), KIALI_ANSWER_BROKEN, KIALI_WITHOUT_PROMETHEUS, KIALI_OTHER_WINDOW (all exit 3); the scene's reason.
 */
export function openKiali(
  { namespace, service, port, webRoot }: KialiPlace,
  { client, signal }: Pick<Scene, 'client' | 'signal'>,
): Kiali {
  const where = `Service ${namespace}/${service}:${port}`;
  const ask = (path: string) =>
    client
      .getText(`/api/v1/namespaces/${namespace}/services/${service}:${port}/proxy${webRoot}/api/${path}`)
      .catch((cause: unknown) => {
        signal.throwIfAborted();
        throw refusal(cause, { service, where });
      });
  const read = <T>(schema: z.ZodType<T>, text: string): T => {
    try {
      return schema.parse(JSON.parse(text));
    } catch (cause) {
      throw environmentError('KIALI_ANSWER_BROKEN', 'Kiali answered with something that is not what was asked for', {
        where,
        hint: 'Is kiali.webRoot its server.web_root, and is it a Kiali that listens there?',
        cause,
      });
    }
  };
  return {
    where,
    async about() {
      const { status } = read(statusSchema, await ask('status'));
      const { prometheus } = read(configSchema, await ask('config'));
      if (!prometheus.enabled)
        throw environmentError('KIALI_WITHOUT_PROMETHEUS', 'Kiali reads no Prometheus, so its graph has no traffic', {
          where,
          hint: 'external_services.prometheus in its configuration says where one is.',
        });
      return {
        version: status['Kiali version'] ?? 'unknown',
        scrapeMs: prometheus.globalScrapeInterval * 1000,
      };
    },
    async graph(of, { endS, lengthS }) {
      const query = new URLSearchParams({
        namespaces: of,
        graphType: GRAPH_TYPE,
        duration: `${lengthS}s`,
        queryTime: String(endS),
        injectServiceNodes: 'false',
        // only what proxies counted: the rest costs queries, and may add nodes
        appenders: '',
      });
      const graph = readGraph(await ask(`namespaces/graph?${query}`), where);
      const { timestamp, duration, graphType } = graph;
      if (timestamp === endS && duration === lengthS && graphType === GRAPH_TYPE) return graph;
      throw environmentError(
        'KIALI_OTHER_WINDOW',
        `Kiali was asked for ${lengthS} s up to ${endS} (${GRAPH_TYPE}) and answered for ${duration} s up to ${timestamp} (${graphType})`,
        { where, hint: 'A cache between here and Kiali would do that. Nothing can be compared.' },
      );
    },
  };
}

/** What the API server says when it finds nobody behind a Service; every other status is Kiali's own. */
const NOBODY = /no endpoints available|error trying to reach service/;

function refusal(cause: unknown, { service, where }: { readonly service: string; readonly where: string }) {
  if (!(cause instanceof ApiError) || NOBODY.test(cause.message))
    return environmentError('KIALI_UNREACHABLE', 'Kiali does not answer', {
      where,
      hint: 'Is its pod ready? Nothing can be said of its graph without it.',
      cause,
    });
  if (cause.status === 404 && cause.message.includes(`services "${service}" not found`))
    return environmentError('KIALI_MISSING', 'the cluster has no Kiali', {
      where,
      hint: 'No addon brings one: install it (samples/addons/kiali.yaml of Istio), or say under `kiali` where it is.',
      cause,
    });
  return environmentError('KIALI_REFUSED', `Kiali refuses what it was asked: ${cause.message}`, {
    where,
    hint: HINTS[cause.status] ?? 'Its log says more.',
    cause,
  });
}

const LETS_NOBODY_IN =
  'It has to let in whoever comes (auth.strategy: anonymous), because the API server hands on no token, and to see the namespace.';
const HINTS: Readonly<Record<number, string>> = {
  401: LETS_NOBODY_IN,
  403: LETS_NOBODY_IN,
  404: 'Is kiali.webRoot its server.web_root?',
  503: 'It says so, too, when its Prometheus does not answer (external_services.prometheus.url).',
};
