/**
 * A dashboard as Grafana's JSON model has it, read as leniently as Grafana does: what is not said here is not looked at.
 * https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
 */
import { z } from 'zod';

/** Data sources by name or UID; null and undefined are the default one. */
export type SourceRef = string | { readonly type?: string | undefined; readonly uid?: string | undefined } | null;

const text = z.string().nullish();
const sourceRef = z
  .union([z.string(), z.object({ type: z.string().optional(), uid: z.string().optional() })])
  .nullish();

const target = z.object({
  refId: z.string().default('A'),
  expr: text,
  datasource: sourceRef,
  hide: z.boolean().nullish(),
  instant: z.boolean().nullish(),
  range: z.boolean().nullish(),
  /** "Min step" of the query. */
  interval: text,
  intervalFactor: z.number().nullish(),
  /** Of an expression: math, reduce, resample, threshold, classic_conditions. */
  type: text,
  expression: text,
  conditions: z.array(z.object({ query: z.object({ params: z.array(z.string()) }) })).nullish(),
  /** Of a query to `-- Dashboard --`. */
  panelId: z.number().nullish(),
});

const panelFields = z.object({
  id: z.number().nullish(),
  title: text,
  type: z.string().default(''),
  datasource: sourceRef,
  targets: z.array(target).nullish(),
  repeat: text,
  /** Of a row: its panels are in it, and not after it. */
  collapsed: z.boolean().nullish(),
  /** "Min interval" of the panel. */
  interval: text,
  maxDataPoints: z.coerce.number().nullish(),
  gridPos: z.object({ w: z.number() }).nullish(),
  libraryPanel: z.object({ uid: text, name: text }).nullish(),
  fieldConfig: z.object({ defaults: z.object({ unit: text }).nullish() }).nullish(),
});

export type TargetModel = z.output<typeof target>;
export type PanelModel = z.output<typeof panelFields> & { readonly panels?: readonly PanelModel[] | null | undefined };

const panel: z.ZodType<PanelModel> = panelFields.extend({
  panels: z.lazy(() => z.array(panel)).nullish(),
});

const value = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const option = z.object({
  text: z.union([value, z.array(value)]).nullish(),
  value: z.union([value, z.array(value)]).nullish(),
});

const variable = z.object({
  name: z.string(),
  type: z.string().default('query'),
  datasource: sourceRef,
  query: z.union([z.string(), z.object({ query: text })]).nullish(),
  definition: text,
  regex: text,
  sort: z.number().nullish(),
  /** 0: the saved options are kept. */
  refresh: z.union([z.number(), z.boolean()]).nullish(),
  multi: z.boolean().nullish(),
  includeAll: z.boolean().nullish(),
  allValue: text,
  current: option.nullish(),
  options: z.array(option).nullish(),
  auto: z.boolean().nullish(),
  auto_count: z.number().nullish(),
  auto_min: text,
  filters: z.array(z.object({ key: z.string(), operator: z.string(), value: z.string() })).nullish(),
});
export type VariableModel = z.output<typeof variable>;

const dashboard = z
  .object({
    title: text,
    panels: z.array(panel).nullish(),
    /** Of dashboards from before Grafana 5. */
    rows: z.array(z.object({ title: text, repeat: text, panels: z.array(panel).nullish() })).nullish(),
    templating: z.object({ list: z.array(variable).nullish() }).nullish(),
    /** What an export says of the data sources that whoever imports it must choose. */
    __inputs: z.array(z.object({ name: z.string(), type: text, pluginId: text })).nullish(),
    /** Library panels of an export, by UID. */
    __elements: z.union([z.record(z.string(), z.object({ name: text, model: panel })), z.array(z.unknown())]).nullish(),
  })
  .refine(({ panels, rows }) => (panels ?? rows) != null, 'has neither `panels` nor `rows`');
export type DashboardModel = z.output<typeof dashboard>;

/** The dashboard, or why there is none. Understands the wrapper that Grafana's API puts around it. */
export function parseDashboard(json: string): { readonly dashboard: DashboardModel } | { readonly problem: string } {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch (error) {
    return { problem: `is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const inner = z.object({ dashboard: z.unknown() }).safeParse(document).data?.dashboard;
  const parsed = dashboard.safeParse(inner ?? document);
  if (parsed.success) return { dashboard: parsed.data };
  const { path = [], message = '' } = parsed.error.issues[0] ?? {};
  const isNewModel = z.object({ spec: z.object({ elements: z.unknown() }) }).safeParse(document).success;
  return {
    problem: isNewModel
      ? 'has the dashboard model v2 (spec.elements), which is not read'
      : `is no dashboard: ${path.join('.') || 'it'} ${message}`,
  };
}
