/** The page's style sheet, one string; parts are in the files beside this one. */
import { CAPACITY_STYLE } from './capacity-style.ts';
import { CHART_STYLE } from './chart-style.ts';
import { LAYOUT_STYLE } from './layout-style.ts';
import { ROLLOUT_STYLE } from './rollout-style.ts';
import { SIMULATION_STYLE } from './simulation-style.ts';
import { THEME_STYLE } from './theme-style.ts';

export const PAGE_STYLE = `${THEME_STYLE}${LAYOUT_STYLE}${CHART_STYLE}${ROLLOUT_STYLE}${CAPACITY_STYLE}${SIMULATION_STYLE}`;
