/**
 * Colours of the page, light and dark. Stable blue and canary orange are from Okabe and Ito's palette, which people
 * with colour-vision deficiencies can tell apart; each is also told apart by shape, dash or hatch.
 */
const LIGHT = `
--ground:#f4f5f7;--paper:#fff;--ink:#12161c;--quiet:#5a6470;--line:#dde1e7;--soft:#eef0f3;
--stable:#0072b2;--canary:#d55e00;--mesh:#a34700;--direct:#8c6d1f;--witness:#007a72;--declared:#000;--violation:#c4122f;--violation-soft:#fbe3e6;
--passed:#006b4f;--passed-soft:#e0f2ec;--failed:#b01530;--failed-soft:#fce6e9;--inconclusive:#7a5200;--inconclusive-soft:#fbf0d6;--invalid:#6a2c91;--invalid-soft:#f1e6f7;
--band:.16;--shadow:0 1px 2px rgb(16 24 40 / .06),0 4px 16px rgb(16 24 40 / .05)`;
const DARK = `
--ground:#0d1014;--paper:#161a20;--ink:#e9ecf1;--quiet:#9ca7b4;--line:#2b323c;--soft:#1f252d;
--stable:#56b0ea;--canary:#ff8b3d;--mesh:#ffb27a;--direct:#d9bd6a;--witness:#3cc6b8;--declared:#f4f6f8;--violation:#ff6377;--violation-soft:#3b1a20;
--passed:#4fcfa4;--passed-soft:#11302a;--failed:#ff7d8e;--failed-soft:#3a1820;--inconclusive:#f0bf55;--inconclusive-soft:#352a10;--invalid:#cf9bf0;--invalid-soft:#2d1c3a;
--band:.22;--shadow:none`;

export const THEME_STYLE = `:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
@media print{:root{color-scheme:light;${LIGHT}}}
.passed{--o:var(--passed);--os:var(--passed-soft)}.failed{--o:var(--failed);--os:var(--failed-soft)}
.inconclusive{--o:var(--inconclusive);--os:var(--inconclusive-soft)}.invalid{--o:var(--invalid);--os:var(--invalid-soft)}
.error{--o:var(--failed);--os:var(--failed-soft)}.warning{--o:var(--inconclusive);--os:var(--inconclusive-soft)}.info,.clear{--o:var(--quiet);--os:var(--soft)}
`;
