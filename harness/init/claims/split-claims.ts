/** Claims about a split that a VirtualService declares by itself. Pure. */
import { nameOf } from '../../lint/manifest-set.ts';
import { clientPaths } from '../client-paths.ts';
import { headerRoutes } from '../header-routes.ts';
import { takesPlainRequest } from '../plain-path.ts';
import { armsOf, type SplitArm, versionOf } from '../split-arms.ts';
import { splitService } from '../stand-ins.ts';
import type { SplitSubject } from '../subjects.ts';
import { type ClaimDraft, type ClaimInput, type DerivedClaims, withoutHome } from './claim-draft.ts';
import type { ClientPath } from './client-path.ts';

export function splitClaims(
  subject: SplitSubject,
  id: (name: string) => string,
  { facts, home, host }: ClaimInput,
): DerivedClaims {
  const { virtualService: object } = subject;
  const no = (why: string): DerivedClaims => ({ claims: [], unprovable: [{ what: nameOf(object), why }] });
  if (subject.isOneOfSeveral)
    return no('several of its HTTP routes split, and nothing says which of them declares the shares for everybody');
  const paths = clientPaths(subject, facts, host);
  const arms = armsOf(subject, facts);
  const [first] = arms.flatMap(({ workload }) => workload ?? []);
  if (!first || arms.some(({ workload }) => !workload))
    return no('a destination of its split selects no pods of exactly one workload of the unit');
  if (new Set(arms.map(({ workload }) => workload)).size < arms.length)
    return no('its destinations select the same pods, so its weights split nothing');
  if (!takesPlainRequest(subject.route))
    return no('its route is only for requests with a header, a query or a label, which no claim sends');
  if (paths.length === 0) return no('no client of the unit reaches its route');
  const sum = arms.reduce((total, { weight }) => total + (weight ?? 0), 0);
  if (!(sum > 0)) return no('its weights sum to 0, so nothing says who gets its requests');
  const service = splitService(subject, facts);
  const at = object.namespace === home ? {} : { namespace: object.namespace };
  const weights = arms.map(({ weight = 0 }) => percent(weight / sum)).join('/');
  const written = sum === 100 ? '' : `by weights of ${arms.map(({ weight = 0 }) => weight).join(' and ')}`;
  const split: ClaimDraft = {
    id: id('split'),
    title: `Clients receive ${weights}, as VirtualService ${object.name} declares${written && ` ${written}`}`,
    kind: 'traffic-split',
    virtualService: { name: object.name, ...at },
    service,
    paths: paths.map((path) => withoutHome(path, home)),
  };
  const tagged = headerRoutes(subject, facts).map((route): ClaimDraft => {
    const version = versionOf(route.workload, facts);
    const names = Object.entries(route.headers).map(([name, value]) => `${name}: ${value}`);
    return {
      id: id(`header-route-${route.index}`),
      title: `Requests with ${names.join(', ')} reach ${version}, all of them`,
      kind: 'header-route',
      headers: route.headers,
      service,
      version,
      ...(arms.some(({ workload, weight }) => workload === route.workload && weight !== 0)
        ? { sharedWithOthers: true }
        : {}),
      path: { ...withoutHome(paths[0]!, home), path: route.path },
    };
  });
  return { claims: [split, ...tagged, ...byCommit(arms, split.id, paths, id)], unprovable: [] };
}

/** Proportions seldom come to whole percents. */
function percent(share: number): number {
  return Math.round(share * 1000) / 10;
}

/** Ten points more for the smallest arm; only where subsets are what the weights are written at. */
function byCommit(
  arms: readonly SplitArm[],
  split: string,
  paths: readonly ClientPath[],
  id: (name: string) => string,
): ClaimDraft[] {
  const weights = arms.flatMap(({ subset, weight }) =>
    subset !== undefined && weight !== undefined ? [{ subset, weight }] : [],
  );
  const total = weights.reduce((sum, { weight }) => sum + weight, 0);
  if (weights.length !== arms.length || total !== 100) return [];
  const sorted = weights.toSorted((a, b) => a.weight - b.weight);
  const [least, most] = [sorted[0]!, sorted.at(-1)!];
  if (most.weight - least.weight < 20 && least.weight + 10 > 90) return [];
  const moved = Object.fromEntries(
    weights.map(({ subset, weight }) => [
      subset,
      subset === least.subset ? weight + 10 : subset === most.subset ? weight - 10 : weight,
    ]),
  );
  return [
    {
      id: id('traffic-by-commit'),
      title: 'A commit that only changes weights moves the traffic, and no pod is redeployed',
      kind: 'traffic-by-commit',
      split,
      path: paths[0]!.kind,
      weights: moved,
    },
  ];
}
