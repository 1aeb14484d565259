/** Claims about a Rollout that Istio routes for. Pure. */
import { valueAt } from '../../documents/json-pointer.ts';
import { asList, asRecord, nameOf } from '../../lint/manifest-set.ts';
import { fileOf } from '../../overlay/rendered-files.ts';
import { clientPaths, pathOfCopies } from '../client-paths.ts';
import { takesPlainRequest } from '../plain-path.ts';
import { servingContainer } from '../serving-ports.ts';
import { serviceOf } from '../stand-ins.ts';
import type { RolloutSubject, Unprovable } from '../subjects.ts';
import { imageParts, ofKind, type UnitFacts } from '../unit-facts.ts';
import { type ClaimDraft, type ClaimInput, type DerivedClaims, withoutHome } from './claim-draft.ts';
import { otherRoutes } from './other-routes.ts';
import { type FoundLimits, rollbackLimits } from './rollback-limits.ts';
import { thresholdClaim } from './threshold-claim.ts';
import { unprovenStart } from './unproven-start.ts';

const LEAST_PER_SECOND = 60;
/** The first answer of a new version is waited for: a request each 50 ms is enough, as no share is judged. */
const ARRIVAL_PER_SECOND = 20;
/** Each is two copies at the same time. */
const MOST_LIMITS = 2;
/** Its share is proven while it waits. */
const MANUAL_PER_SECOND = 120;

interface MovedRelease {
  readonly phases: readonly string[];
  /** The end of a sentence that begins with "while a release is". */
  readonly words: string;
}

/** What happens to a release while it serves; one that goes to everybody at once is never midway. */
function movedRelease(hasWeights: boolean, realPauses: boolean): MovedRelease {
  if (!hasWeights) return { phases: ['promote'], words: 'promoted' };
  if (realPauses) return { phases: ['promote', 'abort', 'undo'], words: 'promoted, aborted and undone' };
  // undo has a claim of its own, which counts its losses, too
  return { phases: ['promote', 'abort'], words: 'promoted and aborted' };
}

export function rolloutClaims(
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
  if (!takesPlainRequest(subject.route))
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
  const { limits, unprovable } = withBound(
    // a trial needs a canary that is judged before everybody has it
    subject.hasWeights ? rollbackLimits(subject, input.set, input.findings) : { limits: [], unprovable: [] },
    input.realPauses ? Number.POSITIVE_INFINITY : MOST_LIMITS,
  );
  const path = pathOfCopies(subject, facts, host);
  const claims: ClaimDraft[] = [
    subject.hasWeights
      ? {
          id: id('canary-steps'),
          title: `A commit of a new image takes clients of ${object.name} over the declared steps, one by one`,
          kind: 'canary-steps',
          ...target,
          release,
          paths: clients,
          ...(pauses.isManual ? { promote: true, promoteAfter: `${pauses.neededMs / 1000}s` } : {}),
        }
      : {
          id: id('image-commit'),
          title: `Argo CD sees a committed image of ${object.name}, and clients get it`,
          kind: 'image-tag-commit',
          ...target,
          release,
          path: { ...clients[0]!, ratePerSecond: ARRIVAL_PER_SECOND },
        },
  ];
  if (path !== undefined) {
    const moved = movedRelease(subject.hasWeights, input.realPauses);
    claims.push(
      ...limits.map((limit, index) =>
        thresholdClaim(limit, [subjectIndex, index], id, { ...target, path }, input.realPauses),
      ),
    );
    if (pauses.isManual && subject.hasWeights)
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
        title: `No request is lost while a release is ${moved.words}`,
        kind: 'no-lost-request',
        ...target,
        path,
        ratePerSecond: LEAST_PER_SECOND,
        phases: moved.phases,
      },
    );
  }
  const why = 'its claims work on a copy behind the ingress, and its route is not bound to one';
  return {
    claims,
    unprovable: [
      ...unprovable,
      ...(subject.hasWeights
        ? []
        : [{ what: nameOf(object), why: 'it declares no setWeight step, so there is no share to see on the way' }]),
      ...(path !== undefined ? [] : [{ what: `${nameOf(object)}: rollback, undo, lost requests`, why }]),
      ...(loaded.length < paths.length
        ? [
            {
              what: `${nameOf(object)}: clients inside the mesh`,
              why: 'a run with short pauses has clients at the ingress only; --pauses real writes both',
            },
          ]
        : []),
      ...unprovenStart(subject, container),
      ...otherRoutes(subject),
      ...steppedRoutes(subject),
      ...autoscaled(subject, facts),
    ],
  };
}

/** Routes that are only there between two steps. */
function steppedRoutes({ rollout }: RolloutSubject): Unprovable[] {
  const steps = asList(valueAt(rollout.value, '/spec/strategy/canary/steps')).map((step) => asRecord(step) ?? {});
  return ['setHeaderRoute', 'setMirrorRoute'].flatMap((kind) => {
    const routes = steps.map((step) => asRecord(step[kind])).filter((route) => asList(route?.match).length > 0);
    return [...new Set(routes.map((route) => String(route?.name)))].map((name) => ({
      what: `${nameOf(rollout)}: ${kind} ${name}`,
      why: 'the route is there between two steps only, and no claim sends its requests then',
    }));
  });
}

function autoscaled({ rollout }: RolloutSubject, facts: UnitFacts): Unprovable[] {
  return ofKind(facts, 'HorizontalPodAutoscaler', 'autoscaling')
    .filter(({ value }) => valueAt(value, '/spec/scaleTargetRef/name') === rollout.name)
    .map((autoscaler) => ({
      what: nameOf(autoscaler),
      why: 'how many requests make a pod busy is a matter of their program, and the stand-in answers for it: write a claim of kind hpa with a rate of yours',
    }));
}

/** Limits of different kinds before several of one. */
function withBound({ limits, unprovable }: FoundLimits, most: number): FoundLimits {
  if (limits.length <= most) return { limits, unprovable };
  const firsts = [...Map.groupBy(limits, ({ limit }) => limit.kind).values()].map(([first]) => first!);
  const kept = [...firsts, ...limits.filter((one) => !firsts.includes(one))].slice(0, most);
  return {
    limits: limits.filter((one) => kept.includes(one)),
    unprovable: [
      ...unprovable,
      ...limits
        .filter((one) => !kept.includes(one))
        .map(({ metric }) => ({
          what: `metric ${metric}`,
          why: `a run with short pauses holds ${most} limits to their word; --pauses real writes a claim for each`,
        })),
    ],
  };
}
