/**
 * How many pods hold a load, from capacities that were measured with several numbers of them. Six or more are fitted by
 * the universal scalability law, X(N) = γN/(1 + σ(N−1) + κN(N−1)) with γ, σ, κ ≥ 0 (Gunther, Guerrilla Capacity
 * Planning, 2007); fewer are joined by straight lines. Pure.
 */
export interface MeasuredPods {
  readonly pods: number;
  /** What they held, requests per second. */
  readonly ratePerSecond: number;
}

export interface ScalabilityFit {
  /** Of one pod, requests per second. */
  readonly gamma: number;
  /** Contention: what waits for something shared. */
  readonly sigma: number;
  /** Coherence: what pods do for each other. */
  readonly kappa: number;
}

export interface PodsNeeded {
  readonly by: 'fit' | 'lines';
  /** The fewest, not below the fewest that were measured; undefined: not within `most`. */
  readonly pods: number | undefined;
  /** Nothing is said of more. */
  readonly most: number;
  /** More than these hold less, by the fit; undefined: up to `most` each one more helps. */
  readonly bestPods: number | undefined;
}

export const LEAST_MEASURED = 3;
const LEAST_FITTED = 6;
/** Of the most that were measured: a fit says nothing beyond. */
const REACH = 1.5;

/** @param measured at least three, each with another number of pods */
export function podsNeeded(measured: readonly MeasuredPods[], needed: number): PodsNeeded {
  const points = measured.toSorted((a, b) => a.pods - b.pods);
  const [least, largest] = [points[0]!.pods, points.at(-1)!.pods];
  const by = points.length >= LEAST_FITTED ? 'fit' : 'lines';
  const most = by === 'fit' ? Math.floor(REACH * largest) : largest;
  const fit = by === 'fit' ? fitScalability(points) : undefined;
  const rateOf = (pods: number) => (fit === undefined ? onLines(points, pods) : scaledRate(fit, pods));
  const peak = fit === undefined ? undefined : mostUseful(fit);
  const bestPods = peak === undefined || peak >= most ? undefined : Math.round(peak);
  for (let pods = least; pods <= most; pods += 1) if (rateOf(pods) >= needed) return { by, pods, most, bestPods };
  return { by, pods: undefined, most, bestPods };
}

export function scaledRate({ gamma, sigma, kappa }: ScalabilityFit, pods: number): number {
  return (gamma * pods) / (1 + sigma * (pods - 1) + kappa * pods * (pods - 1));
}

/** Where more pods hold less; undefined: nowhere. */
export function mostUseful({ sigma, kappa }: ScalabilityFit): number | undefined {
  return kappa > 0 ? Math.sqrt((1 - Math.min(1, sigma)) / kappa) : undefined;
}

const STEPS = 500;
const MOST_DAMPING = 1e20;

/** Least squares by Levenberg and Marquardt's method; a parameter that would fall below 0 stays there while it wants to. */
export function fitScalability(points: readonly MeasuredPods[]): ScalabilityFit {
  const slope = Math.max(...points.map(({ pods, ratePerSecond }) => ratePerSecond / pods));
  let at = [slope, 0.05, 0.0005];
  let damping = 1e-3;
  let now = residuals(points, at);
  for (let step = 0; step < STEPS && damping < MOST_DAMPING; step += 1) {
    const gradient = now.columns.map((column) => dot(column, now.off));
    const free = [0, 1, 2].filter((index) => at[index]! > 0 || gradient[index]! > 0);
    const matrix = free.map((row) =>
      free.map((column) => dot(now.columns[row]!, now.columns[column]!) * (row === column ? 1 + damping : 1)),
    );
    const move = solved(
      matrix,
      free.map((index) => gradient[index]!),
    );
    const next = at.map((value, index) => {
      const moved = free.indexOf(index);
      return moved < 0 ? value : Math.max(0, value + move[moved]!);
    });
    const tried = residuals(points, next);
    if (dot(tried.off, tried.off) < dot(now.off, now.off)) {
      [at, now, damping] = [next, tried, damping / 10];
    } else damping *= 10;
  }
  const [gamma, sigma, kappa] = at as [number, number, number];
  return { gamma, sigma, kappa };
}

/** How far each measured rate is off the law, and the law's derivative by each parameter. */
function residuals(points: readonly MeasuredPods[], [gamma, sigma, kappa]: readonly number[]) {
  const columns: [number[], number[], number[]] = [[], [], []];
  const off = points.map(({ pods, ratePerSecond }) => {
    const rate = scaledRate({ gamma: gamma!, sigma: sigma!, kappa: kappa! }, pods);
    const below = rate / (gamma! * pods);
    columns[0].push(rate / gamma!);
    columns[1].push(-rate * below * (pods - 1));
    columns[2].push(-rate * below * pods * (pods - 1));
    return ratePerSecond - rate;
  });
  return { columns, off };
}

/** Gauss's elimination with row exchange, of at most three equations. */
function solved(matrix: readonly (readonly number[])[], right: readonly number[]): readonly number[] {
  const rows = matrix.map((row, index) => [...row, right[index]!]);
  const size = rows.length;
  for (let column = 0; column < size; column += 1) {
    const below = rows.slice(column);
    const pivot = column + below.indexOf(below.reduce((a, b) => (Math.abs(b[column]!) > Math.abs(a[column]!) ? b : a)));
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const chosen = rows[column]!;
    for (const [index, row] of rows.entries())
      if (index !== column) {
        const factor = row[column]! / chosen[column]!;
        for (let cell = column; cell <= size; cell += 1) row[cell]! -= factor * chosen[cell]!;
      }
  }
  return rows.map((row, index) => row[size]! / row[index]!);
}

/** @param points by pods; `pods` lies between the first and the last */
function onLines(points: readonly MeasuredPods[], pods: number): number {
  const above = points.findIndex((point) => point.pods >= pods);
  const [to, from] = [points[above]!, points[Math.max(0, above - 1)]!];
  if (to.pods === from.pods) return to.ratePerSecond;
  const part = (pods - from.pods) / (to.pods - from.pods);
  return from.ratePerSecond + part * (to.ratePerSecond - from.ratePerSecond);
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, index) => sum + value * b[index]!, 0);
