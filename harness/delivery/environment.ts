/** Watches the environment of a run, and says what it means: for loads, for claims, and for the report. */
import { formatDuration } from '../../reports/model/figures.ts';
import type { FindingReport } from '../../reports/model/run-report.ts';
import { seconds } from '../documents/figures.ts';
import { statusOfHost } from '../evidence/ask-host.ts';
import { type EnvironmentSample, watchEnvironment } from '../evidence/environment-watch.ts';
import { pause } from '../process/pause.ts';
import type { Scene } from '../scene/scene.ts';
import {
  CONTROL_PERIOD_MS,
  CONTROL_TIMEOUT_MS,
  type EnvironmentHealth,
  type UnhealthyInterval,
  unhealthyIntervals,
} from '../verdict/environment-health.ts';
import { strainedIntervals } from '../verdict/strained-machine.ts';
import { CONTROL_PATHS, openControlRoute } from './control-route.ts';
import { gatewayQueue } from './gateway-queue.ts';
import { watchMesh } from './mesh-health.ts';

/** The route reaches the gateway like any other; controls count from the first that was answered. */
const LOOK_MS = 200;

export interface SceneEnvironment extends AsyncDisposable {
  /** Undefined: this cluster offers no way to ask. */
  readonly health: EnvironmentHealth | undefined;
  /** What is to be said of it at the end of the run. */
  findings(): readonly FindingReport[];
}

/** @param write takes every second of it, for the run directory */
export async function openEnvironment(
  scene: Scene,
  write: (sample: EnvironmentSample) => void,
): Promise<SceneEnvironment> {
  await using made = new AsyncDisposableStack();
  const route = await openControlRoute(scene);
  const base = scene.cluster.ingressUrl;
  if (route) made.use(route);
  if (!route || base === undefined || !(await answersInTime(scene, base, route.host))) return unwatched();
  const { recorder, now } = scene;
  const over = new AbortController();
  const signal = AbortSignal.any([scene.signal, over.signal]);
  const mesh = watchMesh(scene, signal);
  let toldMs = 0;
  const watch = watchEnvironment(
    {
      ask: (which) => statusOfHost(base, route.host, CONTROL_PATHS[which], CONTROL_TIMEOUT_MS, signal),
      now,
      pause: (ms) => pause(ms, signal),
      acceptQueue: await gatewayQueue(scene),
    },
    { periodMs: CONTROL_PERIOD_MS, signal },
    (sample) => {
      write(sample);
      const ended = health.unhealthy().findLast(({ toMs }) => toMs <= now() - 2 * CONTROL_PERIOD_MS);
      if (!ended || ended.fromMs <= toldMs) return;
      toldMs = ended.toMs;
      recorder.event('machine', `unhealthy for ${seconds(ended.toMs - ended.fromMs)}`, ended.why);
    },
  );
  const controls = () => watch.samples.map(({ control }) => control);
  const health: EnvironmentHealth = {
    unhealthy: () => unhealthyIntervals(controls(), now()),
    strained: () => strainedIntervals(controls(), now()),
  };
  const kept = made.move();
  return {
    health,
    findings() {
      const { sentence, finding } = environmentSummary(watch.samples, health, mesh.inWords());
      if (!finding) recorder.event('machine', 'answered throughout', sentence);
      return finding ? [finding] : [];
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await Promise.all([watch.done, mesh.done]);
      await kept.disposeAsync();
    },
  };
}

const unwatched = (): SceneEnvironment => ({
  health: undefined,
  findings: () => [
    {
      code: 'ENVIRONMENT_UNWATCHED',
      layer: 'instrument',
      severity: 'info',
      sentence: 'No control request could be sent through the ingress gateway, so every loss counts as the subject’s.',
      hint: 'The profile needs the addon istio, and a Gateway in one of its namespaces or one that a VirtualService there is bound to.',
    },
  ],
  async [Symbol.asyncDispose]() {},
});

async function answersInTime(scene: Scene, base: string, host: string): Promise<boolean> {
  const deadline = scene.now() + scene.profile.budgets.routesAppliedMs;
  for (;;) {
    const paths = Object.values(CONTROL_PATHS);
    const statuses = await Promise.all(paths.map((path) => statusOfHost(base, host, path, CONTROL_TIMEOUT_MS)));
    if (statuses.every((status) => status === 200)) return true;
    if (scene.now() > deadline) return false;
    await scene.pause(LOOK_MS);
  }
}

const totalOf = (intervals: readonly UnhealthyInterval[]): number =>
  intervals.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);

/** One sentence, and a finding where there is something to find. Pure. */
export function environmentSummary(
  samples: readonly EnvironmentSample[],
  health: EnvironmentHealth,
  mesh: readonly string[] = [],
): { readonly sentence: string; readonly finding: FindingReport | undefined } {
  const intervals = health.unhealthy();
  const strained = health.strained?.() ?? [];
  const pressures = samples.flatMap(({ cpuPressure }) => cpuPressure ?? []);
  const mean = pressures.reduce((sum, pressure) => sum + pressure, 0) / pressures.length;
  const slowest = (which: 'control' | 'gateway') =>
    samples.reduce((most, { [which]: { sentMs, endMs = sentMs } }) => Math.max(most, endMs - sentMs), 0);
  const queue = samples.reduce((most, { acceptQueue = 0 }) => Math.max(most, acceptQueue), 0);
  const machine = [
    `${samples.length} control requests, the slowest ${formatDuration(slowest('control'))} (by the gateway itself ${formatDuration(slowest('gateway'))})`,
    ...(pressures.length > 0
      ? [`somebody waited for a processor during ${Math.round(mean * 100)} % of the time`]
      : ['this kernel keeps no pressure stall information']),
    ...(strained.length > 0
      ? [`the machine could not keep up for ${seconds(totalOf(strained))} (${strained.at(0)?.why})`]
      : []),
    ...(queue > 0 ? [`at most ${queue} connections waited for the gateway to accept them`] : []),
    ...mesh,
  ].join('; ');
  const worst = intervals.reduce<(typeof intervals)[number] | undefined>(
    (longest, one) => (!longest || one.toMs - one.fromMs > longest.toMs - longest.fromMs ? one : longest),
    undefined,
  );
  if (!worst) return { sentence: `${machine}.`, finding: undefined };
  const sentence = `The environment could not answer for ${seconds(totalOf(intervals))} in ${intervals.length} stretch(es), at worst for ${seconds(worst.toMs - worst.fromMs)} (${worst.why}): ${machine}.`;
  return {
    sentence,
    finding: {
      code: 'ENVIRONMENT_UNHEALTHY',
      layer: 'instrument',
      severity: 'warning',
      sentence,
      hint: 'Losses at those moments are not blamed on the subject; run again on a quieter machine.',
    },
  };
}
