/** Figures as people read them. */

/** Milliseconds as seconds with their unit: 1234 -> "1.2 s". */
export const seconds = (ms: number, decimals = 1): string => `${(ms / 1000).toFixed(decimals)} s`;
