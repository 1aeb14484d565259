/** The parts put together, and their life: starting, ready, draining, gone. */
import { adminPortOf } from './admin-port.ts';
import { createAdminService } from './admin-service.ts';
import { Behaviour } from './behaviour.ts';
import { makeIdentity } from './identity.ts';
import { listen } from './listener.ts';
import { RequestMetrics } from './request-metrics.ts';
import { createService } from './service.ts';
import type { Settings } from './settings.ts';
import { UpstreamCalls } from './upstream-calls.ts';

export interface RunningWorkload {
  readonly port: number;
  /** Of `/-/behaviour`, on the loopback address; undefined when that is off. */
  readonly adminPort: number | undefined;
  /**
   * Not ready from now on but still serving for `drainMs` (proxies learn of a removed endpoint late; there is nothing
   * to wait for but time), then closed within `shutdownMs`. Calling it again shortens nothing and waits for the same end.
   * @returns connections that had to be cut because their request did not finish in time.
   */
  stop(drainMs: number, shutdownMs: number): Promise<number>;
}

/** @throws HarnessError WORKLOAD_CANNOT_LISTEN (exit 3). */
export async function startWorkload(settings: Settings): Promise<RunningWorkload> {
  const { service, version, pod, upstreams } = settings;
  const identity = makeIdentity(settings);
  const metrics = new RequestMetrics(upstreams.map(({ name }) => name));
  const calls = new UpstreamCalls(upstreams, settings.upstreamTimeoutMs);
  let draining = false;
  const isDraining = () => draining;
  const behaviour = new Behaviour(settings.behaviour, Date.now());
  const serve = createService({
    identity,
    metrics,
    isDraining,
    behaviour,
    registry: metrics.registry({ service, version, pod }),
    upstreams: calls,
    onUpstreamFailure: settings.onUpstreamFailure,
  });
  const listener = await listen({ identity, serve, isDraining }, settings.port, settings.listenAddress);
  // the loopback address of the pod: nothing that is routed to the pod arrives there
  const admin = settings.admin
    ? await listen(
        { identity, serve: createAdminService({ identity, behaviour }), isDraining: () => false },
        settings.port === 0 ? 0 : adminPortOf(listener.port),
        '127.0.0.1',
      )
    : undefined;
  let stopping: Promise<number> | undefined;
  const drain = async (drainMs: number, shutdownMs: number) => {
    draining = true;
    await new Promise((resolve) => setTimeout(resolve, drainMs));
    const [cut] = await Promise.all([listener.close(shutdownMs), admin?.close(shutdownMs)]);
    calls.close();
    return cut;
  };
  return {
    port: listener.port,
    adminPort: admin?.port,
    stop: (drainMs, shutdownMs) => {
      stopping ??= drain(drainMs, shutdownMs);
      return stopping;
    },
  };
}
