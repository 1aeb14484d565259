/** Marks of the two simulation pages that no other page has. */
export const SIMULATION_STYLE = `
.spectrum.other{--c:var(--quiet)}.spectrum.other .dot{fill:var(--paper);stroke:var(--quiet);stroke-width:1.6}.badge.sim-today{--o:var(--canary);--os:var(--soft)}.badge.sim-recommended{--o:var(--stable);--os:var(--soft)}
.sim-unsure{fill:var(--canary);opacity:.1}.sim-cell{fill:var(--canary);stroke:none}.sim-cell.h1{fill-opacity:.06}.sim-cell.h2{fill-opacity:.14}.sim-cell.h3{fill-opacity:.22}.sim-cell.h4{fill-opacity:.3}.sim-cell.h5{fill-opacity:.38}.sim-cell.h6{fill-opacity:.46}.sim-cell.false{stroke:var(--violation);stroke-width:2}.chart .sim-cell-text{font-size:12px}
#search .panel{margin:0}.sim-dot{fill:var(--o);stroke:var(--paper);stroke-width:1.2}
.sim-wrong{display:grid;gap:4px;min-width:118px}.sim-mistakes thead th{vertical-align:bottom}.sim-mistakes tbody th .quiet{display:block;font-size:12.5px}.sim-curves{gap:20px;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr))}.sim-curves .panel{margin:0;min-width:0}.sim-curves h3 .quiet{font-size:13px}.chart .sim-said{fill:var(--quiet)}#decision .scroll{margin-top:20px}.sim-range{stroke:var(--c);stroke-width:3}.spectrum.canary .sim-range{stroke-dasharray:7 3}
`;
