/**
 * Which data source a panel's query is for: grafana/grafana, public/app/features/plugins/datasource_srv.ts
 * (getInstanceSettings: UID before name, nothing and `default` are the default one, variables are replaced) and
 * packages/grafana-runtime/src/utils/DataSourceWithBackend.ts (a query's own goes before the panel's).
 */
import type { SourceRef } from './dashboard-model.ts';
import type { DataSource } from './read-dashboards.ts';
import { asGlob, type FindVariable, replaceVariables } from './template-text.ts';

export type ResolvedSource =
  | { readonly kind: 'prometheus'; readonly source: DataSource }
  | { readonly kind: 'expression' }
  /** The results of another panel. */
  | { readonly kind: 'panel' }
  /** Each query has its own. */
  | { readonly kind: 'mixed' }
  | { readonly kind: 'other'; readonly words: string };

/** The only one that Grafana is taken to have where nobody says which there are. */
export const ASSUMED_SOURCE: DataSource = {
  ...{ name: 'Prometheus', uid: undefined, type: 'prometheus', isDefault: true, timeInterval: undefined },
};

export function defaultSource(known: readonly DataSource[]): DataSource | undefined {
  return known.find(({ isDefault }) => isDefault) ?? (known.length === 1 ? known[0] : undefined);
}

export function resolveSource(
  ref: SourceRef | undefined,
  known: readonly DataSource[],
  find: FindVariable,
): ResolvedSource {
  const written = typeof ref === 'string' ? ref : (ref?.uid ?? undefined);
  const type = typeof ref === 'string' || !ref ? undefined : ref.type;
  if (written === '__expr__' || written === '-100' || type === '__expr__') return { kind: 'expression' };
  if (written === '-- Mixed --') return { kind: 'mixed' };
  if (written === '-- Dashboard --') return { kind: 'panel' };
  const name = written === undefined ? undefined : replaceVariables(written, find, asGlob);
  const source =
    name === undefined || name === 'default'
      ? defaultSource(known)
      : (known.find(({ uid }) => uid === name) ?? known.find((one) => one.name === name));
  if (source?.type === 'prometheus') return { kind: 'prometheus', source };
  const shown = written === undefined ? 'the default data source' : `the data source ${JSON.stringify(written)}`;
  if (source) return { kind: 'other', words: `${shown} is of type ${source.type}, and not a Prometheus` };
  if (name !== undefined && /^-- .* --$/.test(name))
    return { kind: 'other', words: `${shown} is Grafana's own, and not a Prometheus` };
  return {
    kind: 'other',
    words: `${shown}${name === written || name === undefined ? '' : ` (${JSON.stringify(name)})`} is defined nowhere`,
  };
}
