/** How certain a split verdict must be; the error rates and margins behind the names are the verdict room's. */
export const ASSURANCE_LEVELS = ['smoke', 'default', 'nightly'] as const;
export type Assurance = (typeof ASSURANCE_LEVELS)[number];
