/** Claims about what was found, as the document of a profile has them. Pure. */

import { valueAt } from '../documents/json-pointer.ts';
import type { Finding, ManifestSet } from '../lint/manifest-set.ts';
import { nameOf } from '../lint/manifest-set.ts';
import { fileOf } from '../overlay/rendered-files.ts';
import { type ClientPath, clientPaths, pathOfRoute } from './client-paths.ts';
import { headerRoutes } from './header-routes.ts';
import { type RollbackLimit, rollbackLimits } from './rollback-limits.ts';
import { servingContainer } from './serving-ports.ts';
import { armsOf, type SplitArm, versionOf } from './split-arms.ts';
import { serviceOf, splitService } from './stand-ins.ts';
import type { Pauses } from './step-changes.ts';
import type { RolloutSubject, SplitSubject, Subject, Unprovable } from './subjects.ts';
import { imageParts, ofKind, type UnitFacts } from './unit-facts.ts';

export type ClaimDraft = Readonly<Record<string, unknown>> & { readonly id: string; readonly kind: string };

export interface ClaimInput {
  readonly facts: UnitFacts;
  readonly subjects: readonly Subject[];
  /** Name of the profile, with which every claim's id begins. */
  readonly profile: string;
  readonly home: string;
  readonly host: string;
  readonly set: ManifestSet;
  readonly findings: readonly Finding[];
  readonly realPauses: boolean;
  pausesOf(subject: RolloutSubject): Pauses;
}

export interface DerivedClaims {
  readonly claims: readonly ClaimDraft[];
  readonly unprovable: readonly Unprovable[];
}

export function deriveClaims(input: ClaimInput): DerivedClaims {
  const all = input.subjects.map((subject, index) => {
    const prefix = input.subjects.length > 1 ? `${subjectName(subject)}-` : '';
    const id = (name: string) => `${input.profile}/${prefix}${name}`;
    const part =
      subject.kind === 'rollout' ? rolloutClaims(subject, id, input, index) : splitClaims(subject, id, input);
    return { subject, part };
  });
  const parts = input.realPauses ? all.map(({ part }) => part) : shortOf(all);
  const sidecars: ClaimDraft = {
    id: `${input.profile}/sidecars`,
    title: 'Every pod is ready with its sidecar',
    kind: 'sidecars',
  };
  const claims = parts.flatMap((part) => part.claims);
  return {
    claims: claims.length > 0 ? [sidecars, ...claims] : [],
    unprovable: parts.flatMap((part) => part.unprovable),
  };
}

/** A run with short pauses proves one Rollout whole: releases of several, one after the other, take as much longer. */
function shortOf(
  all: readonly { readonly subject: Subject; readonly part: DerivedClaims }[],
): readonly DerivedClaims[] {
  const rollouts = all.filter(({ subject, part }) => subject.kind === 'rollout' && part.claims.length > 0);
  const [main] = rollouts.toSorted((a, b) => b.part.claims.length - a.part.claims.length);
  return all.map(({ subject, part }) =>
    subject.kind !== 'rollout' || subject === main?.subject || part.claims.length === 0
      ? part
      : {
          claims: [],
          unprovable: [
            {
              what: nameOf(subject.rollout),
              why: `a run with short pauses proves one Rollout, ${nameOf((main!.subject as RolloutSubject).rollout)}; --pauses real writes the claims of all`,
            },
          ],
        },
  );
}

function subjectName(subject: Subject): string {
  const { name } = subject.kind === 'rollout' ? subject.rollout : subject.virtualService;
  return name.replaceAll(/[^a-z0-9-]+/g, '-');
}

const LEAST_PER_SECOND = 60;
/** Its share is proven while it waits. */
const MANUAL_PER_SECOND = 120;

function rolloutClaims(
  subject: RolloutSubject,
  id: (name: string) => string,
  input: ClaimInput,
  subjectIndex: number,
): DerivedClaims {
  const { facts, home, host } = input;
  const { rollout: object } = subject;
  const at = object.namespace === home ? {} : { namespace: object.namespace };
  const rollout = { name: object.name, ...at };
  const paths = clientPaths(subject, facts, host);
  const no = (why: string): DerivedClaims => ({ claims: [], unprovable: [{ what: nameOf(object), why }] });
  if (pathOfRoute(subject.route) === undefined)
    return no('its route is only for requests with a header, a query or a label, which no claim sends');
  if (paths.length === 0) return no('no client of the unit reaches its route');
  const container = servingContainer(subject.workload, facts);
  const { name: image, tag } = imageParts(container.image);
  const service = serviceOf(image);
  const pauses = input.pausesOf(subject);
  const { ratePerSecond } = pauses;
  const next = `${tag ?? 'latest'}-canary`;
  const target = { rollout, service };
  const release = {
    file: fileOf({ value: subject.workload.object.value }),
    field: `${container.pointer}/image`,
    value: `${image}:${next}`,
    version: next,
  };
  // clients of two paths are twice the load; which of them the pauses are long enough for was computed for one
  const loaded = input.realPauses ? paths : paths.slice(0, 1);
  const clients = loaded.map((one) => ({
    ...withoutHome(one, home),
    ratePerSecond: Math.ceil(ratePerSecond / loaded.length),
  }));
  if (!subject.hasWeights)
    return {
      claims: [
        {
          id: id('image-commit'),
          title: `Argo CD sees a committed image of ${object.name}, and clients get it`,
          kind: 'image-tag-commit',
          ...target,
          release,
          path: clients[0],
        },
      ],
      unprovable: [
        { what: nameOf(object), why: 'it declares no setWeight step, so there is no share to see on the way' },
      ],
    };
  const { limits, unprovable } = rollbackLimits(subject, input.set, input.findings);
  const staged = paths.some(({ kind }) => kind === 'ingress');
  const path = paths.find(({ kind }) => kind === 'ingress')?.path ?? '/';
  const claims: ClaimDraft[] = [
    {
      id: id('canary-steps'),
      title: `A commit of a new image takes clients of ${object.name} over the declared steps, one by one`,
      kind: 'canary-steps',
      ...target,
      release,
      paths: clients,
      ...(pauses.isManual ? { promote: true, promoteAfter: `${pauses.neededMs / 1000}s` } : {}),
    },
  ];
  if (staged) {
    claims.push(...limits.map((limit, index) => thresholdClaim(limit, [subjectIndex, index], id, { ...target, path })));
    if (pauses.isManual)
      claims.push({
        id: id('manual-judgment'),
        title: 'A pause without a duration lasts until somebody promotes',
        kind: 'manual-judgment',
        ...target,
        path,
        ratePerSecond: MANUAL_PER_SECOND,
        waits: `${Math.max(20, Math.ceil(pauses.manualRequests / MANUAL_PER_SECOND))}s`,
      });
    claims.push(
      {
        id: id('undo'),
        title: 'Undo brings the older version back for everybody, without a lost request',
        kind: 'undo',
        ...target,
        path,
        ratePerSecond: 60,
      },
      {
        id: id('no-lost-request'),
        title: `No request is lost while a release is promoted${input.realPauses ? ', aborted and undone' : ' and aborted'}`,
        kind: 'no-lost-request',
        ...target,
        path,
        ratePerSecond: LEAST_PER_SECOND,
        // undo has a claim of its own, which counts its losses, too
        phases: input.realPauses ? ['promote', 'abort', 'undo'] : ['promote', 'abort'],
      },
    );
  }
  const why = 'its claims work on a copy behind the ingress, and its route is not bound to one';
  return {
    claims,
    unprovable: [
      ...unprovable,
      ...(staged ? [] : [{ what: `${nameOf(object)}: rollback, undo, lost requests`, why }]),
      ...(loaded.length < paths.length
        ? [
            {
              what: `${nameOf(object)}: clients inside the mesh`,
              why: 'a run with short pauses has clients at the ingress only; --pauses real writes both',
            },
          ]
        : []),
      ...autoscaled(subject, facts),
    ],
  };
}

function withoutHome(path: ClientPath, home: string): Readonly<Record<string, unknown>> {
  if (path.kind === 'ingress' || path.namespace !== home) return { ...path };
  const { namespace: _home, ...rest } = path;
  return rest;
}

function thresholdClaim(
  { metric, limit, ratePerSecond }: RollbackLimit,
  [subject, index]: readonly [number, number],
  id: (name: string) => string,
  target: Readonly<Record<string, unknown>>,
): ClaimDraft {
  const short = metric
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    // behind the profile's name it is that of a namespace
    .slice(0, 13)
    .replaceAll(/^-+|-+$/g, '');
  const own = [short || 'metric', ...(subject + index > 0 ? [`${subject}${index}`] : [])].join('-');
  const inWords =
    limit.kind === 'error-share'
      ? `${percent(limit.share)} of errors`
      : `${limit.limitMs} ms at ${percent(1 - limit.share)}`;
  // a limit that two scrapes decide has no sharp side: healthy and clearly broken canaries are told apart all the same
  const broken = Math.min(0.9, Math.max(0.5, 3 * limit.share));
  const trials =
    ratePerSecond === undefined
      ? [
          { name: `${own}-healthy`, side: 'inside', fault: { kind: 'none' }, expect: 'promoted' },
          {
            name: `${own}-broken`,
            side: 'outside',
            fault: { kind: 'hold', share: broken, for: '3m' },
            expect: 'aborted',
          },
        ]
      : [
          { name: `${own}-inside`, side: 'inside', expect: 'promoted' },
          { name: `${own}-outside`, side: 'outside', expect: 'aborted' },
        ];
  return {
    id: id(`rollback-${own}`),
    title:
      ratePerSecond === undefined
        ? `${metric} rolls back a canary with ${percent(broken)} of faults, and promotes a healthy one (limit: ${inWords})`
        : `${metric} rolls back just beyond ${inWords}, and not just within`,
    kind: 'rollback-threshold',
    ...target,
    metric,
    limit,
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
    trials,
  };
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(4))} %`;
}

function autoscaled({ rollout }: RolloutSubject, facts: UnitFacts): Unprovable[] {
  return ofKind(facts, 'HorizontalPodAutoscaler', 'autoscaling')
    .filter(({ value }) => valueAt(value, '/spec/scaleTargetRef/name') === rollout.name)
    .map((autoscaler) => ({
      what: nameOf(autoscaler),
      why: 'how many requests make a pod busy is a matter of their program, and the stand-in answers for it: write a claim of kind hpa with a rate of yours',
    }));
}

function splitClaims(
  subject: SplitSubject,
  id: (name: string) => string,
  { facts, home, host }: ClaimInput,
): DerivedClaims {
  const { virtualService: object } = subject;
  const no = (why: string): DerivedClaims => ({ claims: [], unprovable: [{ what: nameOf(object), why }] });
  const paths = clientPaths(subject, facts, host);
  const arms = armsOf(subject, facts);
  const [first] = arms.flatMap(({ workload }) => workload ?? []);
  if (!first || arms.some(({ workload }) => !workload))
    return no('a destination of its split selects no pods of exactly one workload of the unit');
  if (new Set(arms.map(({ workload }) => workload)).size < arms.length)
    return no('its destinations select the same pods, so its weights split nothing');
  if (pathOfRoute(subject.route) === undefined)
    return no('its route is only for requests with a header, a query or a label, which no claim sends');
  if (paths.length === 0) return no('no client of the unit reaches its route');
  const service = splitService(subject, facts);
  const at = object.namespace === home ? {} : { namespace: object.namespace };
  const weights = arms.map(({ weight }) => weight ?? 0).join('/');
  const split: ClaimDraft = {
    id: id('split'),
    title: `Clients receive ${weights}, as VirtualService ${object.name} declares`,
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
