/**
 * The course of one claim under a load that goes on: every endpoint answers, one errs until it is out or should be, it is
 * told to stop and is waited for, and then all err. Each wait ends by what is seen, or when its time is up.
 */
import { environmentError } from '../../errors/harness-error.ts';
import type { Scene } from '../../scene/scene.ts';
import type { Receivers } from '../../stage/receivers.ts';
import type { RolloutStream } from '../../traffic/recorded-stream.ts';
import type { OutlierEjectionClaim } from './declaration.ts';
import { atNumber, type EjectionBounds, HANDED_ON_MS, longestMs } from './ejection-bounds.ts';
import { type Answer, answeredAfter, enoughErred, errorsOf, firstBack, stillServed } from './ejection-verdict.ts';

const LOOK_MS = 100;

/** When what happened; Unix milliseconds. */
export interface Course {
  readonly outlier: string;
  readonly erringMs: number;
  readonly countedMs: number;
  /** At the receiver until then. */
  readonly arrived: number;
  readonly silent: boolean;
  /** Absent: it was never out, so that nothing could come back. */
  readonly out?: {
    readonly recoveredMs: number;
    readonly untilMs: number;
    readonly allErringMs: number;
  };
}

export function answersIn(stream: RolloutStream, fromMs = 0, toMs = Number.POSITIVE_INFINITY): readonly Answer[] {
  const answers: Answer[] = [];
  for (const { version, startMs, latencyMs, status } of stream.entries())
    if (startMs >= fromMs && startMs <= toMs)
      answers.push({ pod: version, startMs, endMs: startMs + latencyMs, status });
  return answers;
}

/** @throws HarnessError OUTLIER_ENDPOINT_SILENT (exit 3): an endpoint that answers nobody before any errs */
export async function watchEndpoints(
  claim: OutlierEjectionClaim,
  { bounds, receivers, stream }: { bounds: EjectionBounds; receivers: Receivers; stream: RolloutStream },
  scene: Scene,
): Promise<Course> {
  const { pods } = receivers;
  const { failWith, consecutiveErrors } = claim;
  const limits = longestMs(bounds, pods.length, claim.path.ratePerSecond);
  const erring = { errorShare: 1, errorStatus: failWith };
  const until = async (met: () => boolean, timeoutMs: number): Promise<boolean> => {
    const deadline = scene.now() + timeoutMs;
    while (!met()) {
      if (scene.now() > deadline) return false;
      await scene.pause(LOOK_MS);
    }
    return true;
  };

  const beganMs = scene.now();
  const answeringSince = (fromMs: number): ReadonlySet<string> =>
    new Set(
      answersIn(stream, fromMs)
        .filter(({ status }) => status > 0 && status < 400)
        .flatMap(({ pod }) => pod ?? []),
    );
  const silentOnes = () => {
    const answering = answeringSince(beganMs);
    return pods.filter((pod) => !answering.has(pod));
  };
  if (!(await until(() => silentOnes().length === 0, limits.all)))
    throw environmentError('OUTLIER_ENDPOINT_SILENT', `no client is answered by ${silentOnes().join(', ')}`, {
      where: claim.id,
      hint: 'The load balancer must choose among all endpoints; beside outlierDetection Istio prefers those of the client’s own locality.',
    });
  await scene.pause(bounds.settleMs);

  const outlier = [...pods].sort()[0] ?? '';
  const erringMs = scene.now();
  await receivers.behave(erring, [outlier]);
  const told = () => answersIn(stream, erringMs);
  const isSilent = (answers = told()) => {
    const last = answers.filter(({ pod }) => pod === outlier).reduce((max, { endMs }) => Math.max(max, endMs), 0);
    return last > 0 && answeredAfter(answers, last).length >= bounds.silentAfter;
  };
  const errors = () => errorsOf(told(), outlier, failWith);
  await until(() => isSilent() || stillServed(errors(), bounds), limits.errors);
  const silent = isSilent();
  const { requests: arrived } = await receivers.counts([outlier]);
  const countedMs = scene.now();
  await receivers.behave({}, [outlier]);
  const course = { outlier, erringMs, countedMs, arrived, silent };
  const last = errors().at(-1);
  if (!silent || last === undefined || arrived < consecutiveErrors) return course;

  const recoveredMs = scene.now();
  const mostMs = last.endMs + limits.back + LOOK_MS - scene.now();
  await until(() => firstBack(told(), outlier, last) !== undefined, Math.max(0, mostMs));
  const untilMs = scene.now();
  const allErringMs = scene.now();
  await receivers.behave(erring);
  const allTold = () => answersIn(stream, allErringMs);
  await until(() => {
    const erred = enoughErred(allTold(), pods, failWith, atNumber(bounds, arrived));
    return erred !== undefined && answeredAfter(allTold(), erred.lastMs + HANDED_ON_MS).length >= bounds.silentAfter;
  }, limits.errors);
  // the proxies leave out whom they ejected for longer than this claim lasts: the next one is to find all of them
  await receivers.behave({});
  const mendedMs = scene.now();
  await until(() => answeringSince(mendedMs).size === pods.length, limits.all);
  return { ...course, out: { recoveredMs, untilMs, allErringMs } };
}
