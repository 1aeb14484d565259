/** Colours of PNG charts, the light ones of the HTML report: Okabe and Ito's blue and orange first. */
export const COLOUR = {
  stable: '#0072B2',
  canary: '#D55E00',
  mesh: '#A34700',
  direct: '#8C6D1F',
  witness: '#007A72',
  declared: '#000000',
  violation: '#C4122F',
  ink: '#12161C',
  quiet: '#5A6470',
  line: '#DDE1E7',
} as const;

/** `#rrggbb` with an alpha of 0 to 1. */
export function translucent(colour: string, alpha: number): string {
  return `${colour}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, '0')}`;
}

export const PATH_COLOUR = {
  ingress: COLOUR.canary,
  mesh: COLOUR.mesh,
  direct: COLOUR.direct,
  prometheus: COLOUR.witness,
  envoy: COLOUR.witness,
} as const;
