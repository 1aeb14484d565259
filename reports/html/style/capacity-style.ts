/** How the chart of a capacity search looks. */
export const CAPACITY_STYLE = `
.capacity .bracket{fill:var(--passed);fill-opacity:var(--band)}.capacity .fit{fill:none;stroke:var(--ink);stroke-width:1.4;stroke-dasharray:2 4}.capacity .bar{stroke:var(--stable);stroke-width:1.4}.capacity .trial circle{stroke:var(--stable);stroke-width:1.8;fill:var(--stable)}.capacity .guides circle{fill:var(--paper)}.capacity .guides .bar{stroke-opacity:.45}
`;
