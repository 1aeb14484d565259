/** The path of the evidence over n, kept at most `most` points long by doubling the distance between them. */
export interface TrajectoryPoint {
  readonly n: number;
  readonly logE: number;
  readonly logLambdaHigh: number;
  readonly logLambdaLow: number;
}

export interface Trajectory {
  add(point: TrajectoryPoint): void;
  /** The kept points and always the last one added. */
  points(): readonly TrajectoryPoint[];
}

export function createTrajectory(most = 400): Trajectory {
  let kept: TrajectoryPoint[] = [];
  let stride = 1;
  let added = 0;
  let latest: TrajectoryPoint | undefined;
  return {
    add(point) {
      latest = point;
      if (added % stride === 0) kept.push(point);
      added += 1;
      // One place stays free for the latest point.
      if (kept.length < most) return;
      kept = kept.filter((_, i) => i % 2 === 0);
      stride *= 2;
    },
    points: () => (latest && kept.at(-1) !== latest ? [...kept, latest] : [...kept]),
  };
}
