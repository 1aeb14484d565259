/** The parts put together, and their life: starting, ready, draining, gone. */
import { adminPortOf } from './admin-port.ts';
import { createAdminService } from './admin-service.ts';
import { Behaviour } from './behaviour.ts';
import { FlagClient } from './flags/flag-client.ts';
import { makeIdentity } from './identity.ts';
import { type Listener, type ListenerOptions, listen } from './listener.ts';
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
  const flags = settings.flags && new FlagClient(settings.flags);
  const serve = createService({
    identity,
    metrics,
    isDraining,
    behaviour,
    registry: metrics.registry({ service, version, pod }),
    upstreams: calls,
    onUpstreamFailure: settings.onUpstreamFailure,
    flags,
  });
  const traffic = { identity, serve, isDraining };
  const listener = await listenFirst(traffic, settings);
  const more = await Promise.all(settings.morePorts.map((port) => listen(traffic, port, settings.listenAddress)));
  const adminService = { identity, serve: createAdminService({ identity, behaviour }), isDraining: () => false };
  // the loopback address of the pod: nothing that is routed to the pod arrives there
  const adminAt = (port: number) => listen(adminService, port, '127.0.0.1');
  const admin = settings.admin ? await adminAt(settings.port === 0 ? 0 : adminPortOf(listener.port)) : undefined;
  const moreAdmin = settings.admin ? await Promise.all(more.map(({ port }) => adminAt(adminPortOf(port)))) : [];
  flags?.start();
  const others = [...more, ...moreAdmin];
  let stopping: Promise<number> | undefined;
  const drain = async (drainMs: number, shutdownMs: number) => {
    draining = true;
    await new Promise((resolve) => setTimeout(resolve, drainMs));
    const closing = [listener, ...others, ...(admin ? [admin] : [])].map((one) => one.close(shutdownMs));
    const cuts = await Promise.all(closing);
    calls.close();
    flags?.close();
    return cuts.reduce((sum, cut) => sum + cut, 0);
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

/** A port that nobody asked for gives way: two stand-ins of one pod share its network. */
async function listenFirst(options: ListenerOptions, settings: Settings): Promise<Listener> {
  try {
    return await listen(options, settings.port, settings.listenAddress);
  } catch (error) {
    if (!settings.portIsDefault) throw error;
    return listen(options, 0, settings.listenAddress);
  }
}
