/** Milliseconds on a logarithmic axis. */
import type { ScaleLogarithmic } from 'd3-scale';
import { formatDecimal, THIN } from '../../model/figures.ts';

/** 1, 2, 5 per decade inside the domain; only whole decades where that would be more than nine. */
export function logTicks(scale: ScaleLogarithmic<number, number>): readonly number[] {
  const [low = 1, high = 10] = scale.domain();
  const ticks: number[] = [];
  // nothing has a place on it then: whoever reads a report may have one that was changed by hand
  if (!(low > 0) || !Number.isFinite(high)) return ticks;
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1)
    for (const step of [1, 2, 5]) {
      const tick = step * 10 ** power;
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
    }
  return ticks.length <= 9 ? ticks : ticks.filter((tick) => Number.isInteger(Math.log10(tick)));
}

/** "12 ms", "1.5 s": short, for axes. */
export function formatMs(ms: number): string {
  if (ms >= 1000) return `${trimmed(ms / 1000)}${THIN}s`;
  return `${trimmed(ms)}${THIN}ms`;
}

function trimmed(value: number): string {
  return formatDecimal(value, value >= 100 ? 0 : value >= 10 ? 1 : 2).replace(/\.?0+$/, (zeros) =>
    zeros.startsWith('.') ? '' : zeros,
  );
}
