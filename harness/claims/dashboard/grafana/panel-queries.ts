/**
 * The queries that a dashboard asks when somebody looks at it: library panels as the export brings them, hidden queries only
 * where an expression reads them. grafana/grafana, packages/grafana-prometheus/src/datasource.ts (filterQuery, processTargetV2).
 */
import type { DashboardModel, PanelModel, TargetModel } from './dashboard-model.ts';
import { type ResolvedSource, resolveSource } from './data-source-of.ts';
import { placedPanels, type Scoped } from './placed-panels.ts';
import type { DataSource } from './read-dashboards.ts';
import { asGlob, forPrometheus, replaceVariables, type VariableValue } from './template-text.ts';
import type { ResolvedVariables } from './template-variables.ts';
import { intervalsOf, type QueryIntervals, replaceMacros } from './time-macros.ts';

export interface PanelQuery {
  readonly panel: string;
  readonly refId: string;
  /** What Prometheus is asked. */
  readonly expr: string;
  readonly mode: 'instant' | 'range';
  readonly intervals: QueryIntervals;
  /** Unit that the panel shows the values in; undefined, too, where it shows what an expression makes of them. */
  readonly unit: string | undefined;
}

export interface PanelProblem {
  readonly code: string;
  readonly panel: string;
  readonly sentence: string;
  readonly hint: string;
}

export interface DashboardQueries {
  readonly panels: number;
  readonly queries: readonly PanelQuery[];
  readonly problems: readonly PanelProblem[];
}

/** Panels that ask nothing. */
const WITHOUT_QUERY = new Set([
  ...['text', 'row', 'dashlist', 'news', 'alertlist', 'annolist', 'welcome', 'gettingstarted', 'pluginlist', 'live'],
]);
/** Pixels of a dashboard on a usual screen, of whose 24 columns a panel has some; only very long ranges depend on it. */
const PIXELS = 1920;
const COLUMNS = 24;

interface Context {
  readonly sources: readonly DataSource[];
  readonly variables: ResolvedVariables;
  readonly rangeMs: number;
}

export function queriesOf(dashboard: DashboardModel, context: Context): DashboardQueries {
  const elements = Array.isArray(dashboard.__elements) ? {} : (dashboard.__elements ?? {});
  const placed = placedPanels(dashboard, context.variables);
  const ids = new Set(placed.map(({ panel }) => panel.id));
  const asked = placed.map(({ panel, scoped }) => {
    const known = panel.libraryPanel?.uid ? elements[panel.libraryPanel.uid] : undefined;
    return queriesOfPanel(known ? { ...known.model, title: panel.title ?? known.name } : panel, scoped, context, ids);
  });
  return {
    panels: asked.filter(({ isAsking }) => isAsking).length,
    queries: asked.flatMap(({ queries }) => queries),
    problems: asked.flatMap(({ problems }) => problems),
  };
}

interface Asked {
  readonly isAsking: boolean;
  readonly queries: readonly PanelQuery[];
  readonly problems: readonly PanelProblem[];
}

function queriesOfPanel(panel: PanelModel, scoped: Scoped, context: Context, ids: ReadonlySet<unknown>): Asked {
  const find = (name: string) => scoped.get(name) ?? context.variables.values.get(name);
  const title = replaceVariables(panel.title || `panel ${panel.id ?? ''}`.trim(), find, asGlob);
  const problem = (code: string, sentence: string, hint: string): Asked => ({
    ...{ isAsking: true, queries: [] },
    problems: [{ code, panel: title, sentence, hint }],
  });
  const targets = panel.targets ?? [];
  if (targets.length === 0) {
    if (panel.libraryPanel?.uid)
      return problem(
        'DASHBOARD_LIBRARY_PANEL_MISSING',
        `it is the library panel ${panel.libraryPanel.name ?? panel.libraryPanel.uid}, whose queries are not in the file`,
        'Export the dashboard for sharing (its __elements hold library panels), or unlink the panel.',
      );
    if (WITHOUT_QUERY.has(panel.type)) return { isAsking: false, queries: [], problems: [] };
    return problem('DASHBOARD_PANEL_EMPTY', 'it has no query', 'Give it a query, or take it away.');
  }
  const read = new Set(targets.flatMap((target) => (target.hide ? [] : refsOf(target))));
  const parts = targets.flatMap((target): readonly Asked[] => {
    const panels = resolveSource(panel.datasource, context.sources, find);
    const own = target.datasource ? resolveSource(target.datasource, context.sources, find) : undefined;
    const source: ResolvedSource =
      own ?? (panels.kind === 'mixed' ? resolveSource(null, context.sources, find) : panels);
    if (target.hide && !read.has(target.refId)) return [];
    if (source.kind === 'other')
      return [
        problem(
          'DASHBOARD_SOURCE_UNKNOWN',
          `query ${target.refId}: ${source.words}`,
          'Name a Prometheus that the provisioning of data sources in Git defines, or give the dashboard a variable of type datasource. What an export calls ${DS_…} is replaced by an import only.',
        ),
      ];
    if (source.kind === 'panel') return ids.has(target.panelId) ? [NOTHING] : [missing(target, problem)];
    if (source.kind === 'expression') {
      const lost = refsOf(target).find((ref) => !targets.some(({ refId }) => refId === ref));
      if (lost === undefined) return [NOTHING];
      return [
        problem(
          'DASHBOARD_PANEL_EMPTY',
          `expression ${target.refId} reads ${lost}, which the panel does not have`,
          'Correct the name of the query.',
        ),
      ];
    }
    if (source.kind === 'mixed' || !target.expr) return [];
    return [
      {
        isAsking: true,
        problems: [],
        queries: promqlOf(target, { panel, title, find, source: source.source }, context),
      },
    ];
  });
  if (parts.length === 0)
    return problem('DASHBOARD_PANEL_EMPTY', 'all of its queries are hidden or empty', 'Show one of them.');
  return {
    isAsking: true,
    queries: parts.flatMap(({ queries }) => queries),
    problems: parts.flatMap(({ problems }) => problems),
  };
}

const NOTHING: Asked = { isAsking: true, queries: [], problems: [] };

function missing(target: TargetModel, problem: (code: string, sentence: string, hint: string) => Asked): Asked {
  return problem(
    'DASHBOARD_SOURCE_UNKNOWN',
    `query ${target.refId} shows the results of panel ${target.panelId ?? '?'}, which is not there`,
    'Name a panel of this dashboard.',
  );
}

/** Queries that an expression reads. */
function refsOf({ type, expression, conditions }: TargetModel): readonly string[] {
  if (type === 'math')
    return [...(expression ?? '').matchAll(/\$(?:\{([^}]+)\}|(\w+))/g)].map(([, curly, plain]) => curly ?? plain ?? '');
  if (type === 'classic_conditions') return (conditions ?? []).flatMap(({ query }) => query.params.slice(0, 1));
  return type && ['reduce', 'resample', 'threshold'].includes(type) && expression
    ? [expression.replace(/^\$/, '')]
    : [];
}

interface PanelContext {
  readonly panel: PanelModel;
  readonly title: string;
  readonly find: (name: string) => VariableValue | undefined;
  readonly source: DataSource;
}

function promqlOf(
  target: TargetModel,
  { panel, title, find, source }: PanelContext,
  { rangeMs }: Context,
): readonly PanelQuery[] {
  const replaced = (text: string | null | undefined) => (text ? replaceVariables(text, find, asGlob) : undefined);
  const intervals = intervalsOf({
    ...{
      rangeMs,
      scrape: source.timeInterval,
      panelInterval: replaced(panel.interval),
      minStep: replaced(target.interval),
    },
    maxDataPoints: panel.maxDataPoints ?? ((panel.gridPos?.w ?? COLUMNS / 2) / COLUMNS) * PIXELS,
    intervalFactor: target.intervalFactor || 1,
  });
  const expr = replaceMacros(replaceVariables(target.expr ?? '', find, forPrometheus), intervals);
  const query = {
    panel: title,
    refId: target.refId,
    expr,
    intervals,
    unit: target.hide ? undefined : (panel.fieldConfig?.defaults?.unit ?? undefined),
  };
  // neither means range, both means two queries
  const modes = [
    ...(target.instant ? (['instant'] as const) : []),
    ...(target.range || !target.instant ? (['range'] as const) : []),
  ];
  return modes.map((mode) => ({ ...query, mode }));
}
