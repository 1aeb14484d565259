/** Numbers as verdict sentences show them. */

/** 0.1 -> "10 %", 0.09876 -> "9.88 %". */
export function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}

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
