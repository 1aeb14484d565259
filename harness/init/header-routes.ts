/** Routes of a split's VirtualService that are only for requests with a header, and lead to one workload. Pure. */
import { asRecord } from '../lint/manifest-set.ts';
import { armsOf } from './split-arms.ts';
import { httpRoutes, type SplitSubject } from './subjects.ts';
import type { UnitFacts, Workload } from './unit-facts.ts';

export interface HeaderRoute {
  readonly index: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Of the URL. */
  readonly path: string;
  readonly workload: Workload;
}

export function headerRoutes(subject: SplitSubject, facts: UnitFacts): readonly HeaderRoute[] {
  return httpRoutes(subject.virtualService).flatMap(({ split }): HeaderRoute[] => {
    const arms = armsOf({ route: split }, facts).filter(({ weight }) => weight === undefined || weight > 0);
    const [arm, other] = arms;
    const request = split.matches.map(requestFor).find((one) => one !== undefined);
    if (!arm?.workload || other || !request) return [];
    return [{ index: split.index, ...request, workload: arm.workload }];
  });
}

/** What a request must bring; undefined where nothing plain does it, or no header is asked for. */
function requestFor(match: Readonly<Record<string, unknown>>): Pick<HeaderRoute, 'headers' | 'path'> | undefined {
  const { headers, uri, name: _name, ignoreUriCase: _case, ...rest } = match;
  const asked = Object.entries(asRecord(headers) ?? {}).map(([name, value]) => [name, valueFor(value)] as const);
  const path = uri === undefined ? '/' : pathFor(asRecord(uri));
  if (Object.keys(rest).length > 0 || asked.length === 0 || path === undefined) return undefined;
  const isPlain = asked.every(([name, value]) => /^[A-Za-z0-9-]+$/.test(name) && value !== undefined);
  return isPlain ? { headers: Object.fromEntries(asked) as Readonly<Record<string, string>>, path } : undefined;
}

/** A header that only has to be there may have any value. */
function valueFor(match: unknown): string | undefined {
  const { exact, prefix, regex } = asRecord(match) ?? {};
  const text = exact ?? prefix ?? (regex === undefined || regex === '.*' || regex === '.+' ? 'canaryproof' : undefined);
  return typeof text === 'string' && /^[^\r\n]*$/.test(text) ? text : undefined;
}

function pathFor(uri: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const path = uri?.exact ?? uri?.prefix;
  return typeof path === 'string' && /^\/\S*$/.test(path) ? path : undefined;
}
