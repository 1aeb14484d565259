/**
 * The panels that somebody who opens a dashboard has before them: in rows that are open, collapsed or of old dashboards, and
 * repeated ones once for each value. grafana/grafana, public/app/features/dashboard-scene (serialization/
 * transformSaveModelToScene.ts, scene/RowRepeaterBehavior.ts, scene/DashboardGridItem.tsx).
 */
import type { DashboardModel, PanelModel } from './dashboard-model.ts';
import type { VariableValue } from './template-text.ts';
import type { ResolvedVariables } from './template-variables.ts';

export type Scoped = ReadonlyMap<string, VariableValue>;
export interface Placed {
  readonly panel: PanelModel;
  /** Variables with one value each, for this copy. */
  readonly scoped: Scoped;
}

export function placedPanels(dashboard: DashboardModel, variables: ResolvedVariables): readonly Placed[] {
  const copies = (repeat: string | null | undefined, scoped: Scoped): readonly Scoped[] => {
    const options = repeat ? variables.repeats.get(repeat) : undefined;
    if (!repeat || !options || options.length === 0) return [scoped];
    return options.map(
      ({ text, value }) => new Map([...scoped, [repeat, { name: repeat, value, text, isRegex: true }]]),
    );
  };
  const place = (panels: readonly PanelModel[], scoped: Scoped): readonly Placed[] =>
    panels.flatMap((panel) =>
      copies(panel.repeat, scoped).flatMap((own) =>
        panel.type === 'row' ? place(panel.panels ?? [], own) : [{ panel, scoped: own }],
      ),
    );
  const old = (dashboard.rows ?? []).flatMap((row) =>
    copies(row.repeat, new Map()).flatMap((scoped) => place(row.panels ?? [], scoped)),
  );
  return [...old, ...place(withOpenRows(dashboard.panels ?? []), new Map())];
}

/** The panels below an open row are its own, up to the next row: a repeated row takes them along. */
function withOpenRows(panels: readonly PanelModel[]): readonly PanelModel[] {
  const top: PanelModel[] = [];
  for (const panel of panels) {
    const row = top.at(-1);
    if (panel.type !== 'row' && row?.type === 'row' && !row.collapsed)
      top[top.length - 1] = { ...row, panels: [...(row.panels ?? []), panel] };
    else top.push(panel);
  }
  return top;
}
