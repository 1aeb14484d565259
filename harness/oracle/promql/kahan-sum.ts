/** Compensated summation exactly as Prometheus does it (util/kahansum): Neumaier's variant, reset on overflow. */
export interface KahanSum {
  readonly sum: number;
  readonly compensation: number;
}

export function kahanAdd(value: number, { sum, compensation }: KahanSum): KahanSum {
  const total = sum + value;
  if (total === Number.POSITIVE_INFINITY || total === Number.NEGATIVE_INFINITY) return { sum: total, compensation: 0 };
  const lost = Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum;
  return { sum: total, compensation: compensation + lost };
}

/** Mean of at least one value: plain while the sum does not overflow, incremental from there on. */
export function kahanMean(values: readonly number[]): number {
  let state: KahanSum = { sum: values[0]!, compensation: 0 };
  let incremental = false;
  for (let count = 2; count <= values.length; count += 1) {
    const value = values[count - 1]!;
    if (!incremental) {
      const next = kahanAdd(value, state);
      if (Number.isFinite(next.sum) || Number.isNaN(next.sum)) {
        state = next;
        continue;
      }
      incremental = true;
      state = { sum: state.sum / (count - 1), compensation: state.compensation / (count - 1) };
    }
    const kept = (count - 1) / count;
    state = kahanAdd(value / count, { sum: kept * state.sum, compensation: kept * state.compensation });
  }
  if (incremental) return state.sum + state.compensation;
  return state.sum / values.length + state.compensation / values.length;
}
