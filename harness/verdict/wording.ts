/** Numbers as verdict sentences show them. */

/** 20792 -> "20,792". */
export function whole(count: number): string {
  return count.toLocaleString('en-GB', { maximumFractionDigits: 0 });
}

/** "1 request", "2 requests". */
export function requests(count: number): string {
  return `${whole(count)} request${count === 1 ? '' : 's'}`;
}

/** A p-value or error rate: "0.001", "1e-6", "2.3e-9". */
export function probability(value: number): string {
  return value === 0 ? 'below 1e-300' : String(Number(value.toPrecision(2)));
}

/** A difference of shares in percentage points: 0.02 -> "2 points", 0.01 -> "1 point", 0.01837 -> "1.84 points". */
export function points(difference: number): string {
  const rounded = Number((difference * 100).toFixed(2));
  return `${rounded} point${rounded === 1 ? '' : 's'}`;
}

/** As `points`, rounded upwards: for a drift "of that much or more", of which less would not be true. */
export function pointsUp(difference: number): string {
  return points(Math.ceil(difference * 10_000 - 1e-6) / 10_000);
}
