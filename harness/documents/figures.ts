/** Figures as people read them. */

/** Milliseconds as seconds with their unit: 1234 -> "1.2 s". */
export const seconds = (ms: number, decimals = 1): string => `${(ms / 1000).toFixed(decimals)} s`;

/** How a share is rounded: at most so many decimals, or so many digits that count. Zeros at the end are left out. */
type Rounding = { readonly decimals: number } | { readonly digits: number };

/** 0.1 -> "10 %", 0.09876 -> "9.88 %"; in digits a small share keeps what it says: 0.000234 -> "0.0234 %" with three. */
export function percent(share: number, rounding: Rounding = { decimals: 2 }): string {
  const hundredths = share * 100;
  const rounded =
    'digits' in rounding ? hundredths.toPrecision(rounding.digits) : hundredths.toFixed(rounding.decimals);
  return `${Number(rounded)} %`;
}
