/** The systems of the calibration: soft knees, slow relaxation, losses, and a kink. */
import type { VirtualSystem } from './system.ts';

export interface PlantedSystem extends VirtualSystem {
  /** p*. */
  readonly objectiveShare: number;
  readonly fromRate: number;
}

const queue = (workers: number, serviceRate: number, law: 'exponential' | 'fixed' | 'lognormal') =>
  ({ kind: 'queue', workers, law, meanSeconds: 1 / serviceRate }) as const;
const loss = (workers: number, meanSeconds: number, law: 'exponential' | 'fixed' | 'lognormal') =>
  ({ kind: 'loss', workers, law, meanSeconds }) as const;

const poisson = (
  name: string,
  server: VirtualSystem['server'],
  limitSeconds: number,
  objectiveShare: number,
  fromRate: number,
): PlantedSystem => ({
  name,
  arrivals: 'poisson',
  server,
  limitSeconds,
  objectiveShare,
  fromRate,
});

export const PLANTED_SYSTEMS: readonly PlantedSystem[] = [
  poisson('M/M/1 μ=100 T=50 ms, 5 %', queue(1, 100, 'exponential'), 0.05, 0.05, 10),
  poisson('M/M/1 μ=100 T=200 ms, 5 %', queue(1, 100, 'exponential'), 0.2, 0.05, 10),
  poisson('M/M/1 μ=100 T=500 ms, 5 %', queue(1, 100, 'exponential'), 0.5, 0.05, 10),
  poisson('M/M/1 μ=1000 T=50 ms, 5 %', queue(1, 1000, 'exponential'), 0.05, 0.05, 50),
  poisson('M/D/1 S=10 ms T=100 ms, 5 %', queue(1, 100, 'fixed'), 0.1, 0.05, 10),
  poisson('M/G/1 lognormal cv²=4 μ=100 T=200 ms, 5 %', queue(1, 100, 'lognormal'), 0.2, 0.05, 10),
  poisson('M/M/4 μ=100 T=50 ms, 5 %', queue(4, 100, 'exponential'), 0.05, 0.05, 50),
  poisson('M/M/4 μ=100 T=100 ms, 1 %', queue(4, 100, 'exponential'), 0.1, 0.01, 50),
  poisson('M/M/16 μ=20 T=200 ms, 5 %', queue(16, 20, 'exponential'), 0.2, 0.05, 50),
  poisson('Erlang loss c=20 S=50 ms, 5 %', loss(20, 0.05, 'fixed'), 0.25, 0.05, 50),
  poisson('Erlang loss c=20 S=50 ms, 1 %', loss(20, 0.05, 'exponential'), 0.5, 0.01, 50),
  poisson('Erlang loss c=8 S=20 ms, 5 %', loss(8, 0.02, 'exponential'), 0.5, 0.05, 50),
  {
    ...poisson('D/M/1 μ=1000 T=50 ms paced, 5 %', queue(1, 1000, 'exponential'), 0.05, 0.05, 50),
    arrivals: 'paced',
  },
  {
    ...poisson(
      'token bucket 400/s paced, 1 % (kink)',
      { kind: 'bucket', ratePerSecond: 400, burst: 10 },
      0.1,
      0.01,
      50,
    ),
    arrivals: 'paced',
  },
];
