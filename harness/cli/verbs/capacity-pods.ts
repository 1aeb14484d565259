/** What `capacity` is told of pods: how many were measured, when stable takes everything back, the steps of a canary. */
import type { Autoscaler, CanaryStep } from '../../capacity/questions/canary-steps.ts';
import { LEAST_MEASURED } from '../../capacity/questions/pods.ts';
import { usageError } from '../../errors/harness-error.ts';
import type { CapacityRequest } from '../traffic-requests.ts';

export interface PodOptions {
  readonly replicas?: number;
  readonly takeBackAt?: number;
  readonly canarySteps?: string;
  readonly hpa?: string;
  readonly measured?: string;
}

type Told = Pick<NonNullable<CapacityRequest['peak']>, 'takeBack' | 'canary' | 'measured'>;

/** @throws HarnessError CAPACITY_TAKE_BACK, CAPACITY_CANARY_STEPS, CAPACITY_HPA, CAPACITY_MEASURED (exit 2) */
export function readPods(options: PodOptions): Told {
  const { measured } = options;
  return { ...readSteady(options), measured: measured === undefined ? undefined : readMeasured(measured) };
}

function readSteady({ replicas, takeBackAt, canarySteps, hpa }: PodOptions): Omit<Told, 'measured'> {
  if (hpa !== undefined && canarySteps === undefined)
    throw usageError('CAPACITY_HPA', '--hpa is said of a canary on its way', {
      where: '--hpa',
      hint: 'Add --canary-steps, such as --canary-steps 10,25,50.',
    });
  if (canarySteps === undefined) return { takeBack: readTakeBack(takeBackAt, replicas), canary: undefined };
  if (!replicas)
    throw usageError('CAPACITY_CANARY_STEPS', '--canary-steps needs --replicas, the pods that are measured', {
      hint: 'Such as --replicas 4.',
    });
  return {
    takeBack: takeBackAt === undefined ? undefined : readTakeBack(takeBackAt, replicas),
    canary: { replicas, steps: readSteps(canarySteps), autoscaler: hpa === undefined ? undefined : readHpa(hpa) },
  };
}

function readTakeBack(weightPercent: number | undefined, replicas: number | undefined) {
  if (weightPercent === undefined && replicas === undefined) return undefined;
  if (weightPercent === undefined || replicas === undefined || replicas === 0)
    throw usageError('CAPACITY_TAKE_BACK', '--take-back-at needs --replicas, and the other way round', {
      hint: 'Give the canary weight of the step and how many pods were measured, such as --take-back-at 25 --replicas 4.',
    });
  if (weightPercent > 100)
    throw usageError('CAPACITY_TAKE_BACK', `${weightPercent} % is no weight of a canary`, {
      where: '--take-back-at',
      hint: 'Give the weight of a step, 100 % at most.',
    });
  return { replicas, weightPercent };
}

/** `1=955,5=4315,10=7868`: what so many pods hold, requests per second. */
function readMeasured(text: string): NonNullable<Told['measured']> {
  const measured = text.split(',').map((part) => {
    const [, pods, rate] = /^\s*(\d{1,5})\s*=\s*(\d{1,9}(?:\.\d+)?)\s*$/.exec(part) ?? [];
    return { pods: Number(pods), ratePerSecond: Number(rate) };
  });
  const isWrong = measured.some(({ pods, ratePerSecond }) => !(pods > 0 && ratePerSecond > 0));
  if (isWrong || new Set(measured.map(({ pods }) => pods)).size < Math.max(LEAST_MEASURED, measured.length))
    throw usageError(
      'CAPACITY_MEASURED',
      `"${text}" does not say what at least ${LEAST_MEASURED} numbers of pods hold`,
      {
        where: '--measured',
        hint: 'Give pods and the requests per second that they held by earlier runs, such as 1=955,5=4315,10=7868.',
      },
    );
  return measured;
}

/** `10,25x1,50`: weights in percent, and after an x the pods that setCanaryScale gives. */
function readSteps(text: string): readonly CanaryStep[] {
  return text.split(',').map((part) => {
    const [, weight, pods] = /^\s*(\d{1,3}(?:\.\d+)?)\s*(?:x\s*(\d{1,5}))?\s*$/.exec(part) ?? [];
    const weightPercent = Number(weight);
    if (weight === undefined || weightPercent <= 0 || weightPercent > 100)
      throw usageError('CAPACITY_CANARY_STEPS', `"${part.trim()}" is no step of a canary`, {
        where: '--canary-steps',
        hint: 'Give weights in percent, above 0 to 100, each with the pods of setCanaryScale where there are any: 10,25x1,50.',
      });
    return { weightPercent, pods: pods === undefined ? undefined : Number(pods) };
  });
}

/** `2-10@70`: least and most replicas, and the target in percent of what a pod holds. */
function readHpa(text: string): Autoscaler {
  const [, least, most, target] = /^(\d{1,5})-(\d{1,5})@(\d{1,3})%?$/.exec(text.trim()) ?? [];
  const autoscaler = { minPods: Number(least), maxPods: Number(most), target: Number(target) / 100 };
  const { minPods, maxPods } = autoscaler;
  if (target === undefined || minPods < 1 || maxPods < minPods || autoscaler.target <= 0 || autoscaler.target > 1)
    throw usageError('CAPACITY_HPA', `"${text}" says no autoscaler`, {
      where: '--hpa',
      hint: 'Give least and most replicas and the target in percent of what a pod holds, such as 2-10@70.',
    });
  return autoscaler;
}
