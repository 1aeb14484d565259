/** From a rendered unit and four answers to everything that a profile says. Pure. */
import { asRecord, type Finding, type ManifestObject, type ManifestSet, nameOf } from '../lint/manifest-set.ts';
import { IN_PART, type RenderedUnit } from '../units/unit-model.ts';
import { adoptGateways, adoptRoutes } from './adopted-routes.ts';
import { adoptSplits } from './adopted-splits.ts';
import { clientChanges } from './authorization/client-changes.ts';
import { analysisChanges, unusedTemplates, withShortWindows } from './changes/analysis-changes.ts';
import { applicationChanges } from './changes/application-change.ts';
import { certificateChanges } from './changes/certificate-changes.ts';
import { type Change, changesOf } from './changes/change.ts';
import { filterChanges } from './changes/filter-changes.ts';
import { gatewayChanges } from './changes/gateway-changes.ts';
import { podChanges } from './changes/pods/pod-changes.ts';
import { servedChanges } from './changes/served-changes.ts';
import { autoscalerChanges, serviceChanges } from './changes/service-changes.ts';
import { pausesOf } from './changes/step-changes.ts';
import { unknownFieldChanges } from './changes/unknown-field-changes.ts';
import type { ClaimDraft } from './claims/claim-draft.ts';
import { deriveClaims } from './claims/derive-claims.ts';
import { entryOf } from './client-paths.ts';
import { droppedObjects, isSwitchedOff } from './dropped-objects.ts';
import { makeServices } from './made-services.ts';
import { gatewaysOf, outsideHost } from './served-hosts.ts';
import { type StandIn, standIns } from './stand-ins.ts';
import { findSubjects, ISTIO, type RolloutSubject, type Unprovable } from './subjects.ts';
import { type ExpectedSurroundings, surroundingsOf } from './surroundings.ts';
import { adoptTemplates, versionLabels } from './told-apart.ts';
import { ofKind, readFacts, type UnitFacts } from './unit-facts.ts';

export interface ProposalInput {
  readonly rendered: RenderedUnit;
  /** Objects of every unit of the repository. */
  readonly others: readonly ManifestObject[];
  /** Of lint, about this unit. */
  readonly findings: readonly Finding[];
  /** DNS label. */
  readonly name: string;
  /** Answer of the user, or the default: what clients outside ask for where no manifest says it. */
  readonly host: string | undefined;
  readonly realPauses: boolean;
}

export interface Proposal {
  readonly name: string;
  readonly title: string;
  readonly namespaces: readonly { readonly name: string; readonly istioInjection: boolean }[];
  readonly addons: readonly string[];
  readonly images: readonly StandIn[];
  readonly cluster: ExpectedSurroundings;
  /** Whether claims on copies are judged at the same time. */
  readonly sideBySide: boolean;
  readonly claims: readonly ClaimDraft[];
  readonly changes: readonly Change[];
  readonly unprovable: readonly Unprovable[];
}

/** A copy has all of them, and four copies at once are what a small machine can start. */
const MOST_WORKLOADS = 3;
/** Namespaces that addons make. */
const OF_ADDONS = new Set(['istio-system', 'argocd', 'monitoring', 'argo-rollouts', 'kube-system', 'openshift-gitops']);

/** What a user is asked only where no manifest answers: whether the unit's host is `*`, empty or a placeholder. */
export function needsHost(rendered: RenderedUnit): boolean {
  const facts = readFacts(rendered, []);
  const { subjects } = findSubjects(facts);
  return subjects.some((subject) => {
    const { virtualService } = entryOf(subject.virtualService, facts);
    return (
      gatewaysOf(virtualService).some((name) => name !== 'mesh') && outsideHost(virtualService, facts) === undefined
    );
  });
}

export function defaultHost(name: string): string {
  return `${name}.example.com`;
}

export function propose(input: ProposalInput): Proposal {
  const { rendered, name } = input;
  const routed = adoptRoutes(placed(readFacts(rendered, input.others), name));
  const split = adoptSplits(routed.facts);
  const analysed = adoptTemplates(split.facts);
  const served = makeServices(analysed.facts);
  const found = findSubjects(served.facts);
  const { subjects } = found;
  const { facts, changes: gateways } = adoptGateways(served.facts, subjects);
  const adopted = [...routed.changes, ...split.changes, ...analysed.changes, ...served.changes, ...gateways];
  const home = homeOf(facts, subjects[0]?.virtualService ?? ofKind(facts, 'VirtualService', ISTIO)[0], name);
  const outside = subjects
    .map(({ virtualService }) => outsideHost(entryOf(virtualService, facts).virtualService, facts))
    .find((one) => one !== undefined);
  const host = input.host ?? outside ?? defaultHost(name);
  const cluster = surroundingsOf(facts);
  const set: ManifestSet = {
    files: [],
    objects: input.realPauses ? facts.objects : facts.objects.map(withShortWindows),
    syntaxFindings: [],
    defaultNamespace: home,
    others: input.others,
  };
  const pauses = (subject: RolloutSubject) => pausesOf(subject.rollout, facts, input.realPauses);
  const { claims, unprovable } = deriveClaims({
    ...{ facts, subjects, home, host, set },
    profile: name,
    findings: input.findings,
    realPauses: input.realPauses,
    pausesOf: pauses,
  });
  const changes = [
    ...applicationChanges(facts.unit.application, subjects, { name, namespace: home }, adopted),
    ...adopted,
    // first, so that no other change has moved what it names
    ...unknownFieldChanges(facts),
    ...droppedObjects(facts),
    ...servedChanges(facts),
    ...filterChanges(facts),
    ...certificateChanges(facts),
    ...gatewayChanges(facts, subjects, host, cluster.gatewayLabels),
    ...serviceChanges(facts),
    ...autoscalerChanges(facts),
    ...tagged(facts),
    ...versionLabels(subjects, facts),
    ...podChanges(facts),
    ...subjects.flatMap((subject) => (subject.kind === 'rollout' ? pauses(subject).changes : [])),
    ...analysisChanges(facts, input.realPauses),
    ...clientChanges({ claims, subjects, home, host, gatewayLabels: cluster.gatewayLabels }, facts),
  ];
  return {
    name,
    title: titleOf(input, claims.length),
    namespaces: namespacesOf(facts, home, changes),
    addons: addonsOf(facts),
    images: standIns(facts, subjects),
    cluster,
    sideBySide: !input.realPauses && facts.workloads.length <= MOST_WORKLOADS,
    claims,
    changes: withoutDropped(changes),
    unprovable: [
      ...routed.unprovable,
      ...split.unprovable,
      ...found.unprovable,
      ...unprovable,
      ...unusedTemplates(facts),
      ...rendered.findings
        .filter(({ code }) => code === IN_PART)
        .map(({ sentence }) => ({
          what: `all of ${rendered.unit.name}`,
          why: sentence.replace(/^.* is judged in part: /, ''),
        })),
      ...facts.twins.map((twin) => ({
        what: `the first ${nameOf(twin)} of several`,
        why: 'the unit declares it more than once, and the last one is applied',
      })),
    ],
  };
}

function titleOf({ rendered: { unit } }: ProposalInput, claims: number): string {
  return claims > 0
    ? `What ${unit.name} declares, with real traffic`
    : `${unit.name}, in which nothing can be proven yet`;
}

/** Where nothing names a namespace, the profile's own name is one. */
function placed(facts: UnitFacts, name: string): UnitFacts {
  const home = facts.unit.namespace || name;
  const inHome = <Found extends ManifestObject>(object: Found): Found =>
    object.namespace === '' ? { ...object, namespace: home } : object;
  const moved = new Map(facts.objects.map((object) => [object, inHome(object)]));
  return {
    ...facts,
    objects: [...moved.values()],
    workloads: facts.workloads.map((workload) => ({
      ...workload,
      object: moved.get(workload.object) ?? workload.object,
    })),
  };
}

function homeOf(facts: UnitFacts, subject: ManifestObject | undefined, name: string): string {
  return subject?.namespace || facts.unit.namespace || facts.objects[0]?.namespace || name;
}

function namespacesOf(facts: UnitFacts, home: string, changes: readonly Change[]) {
  const added = changes.flatMap(({ add }) =>
    add && add.kind !== 'Application' ? [asRecord(add.metadata)?.namespace] : [],
  );
  // only where it is written: objects that belong to no namespace have none
  const written = facts.objects.map(({ value }) => asRecord(value.metadata)?.namespace);
  const named = [home, ...written, facts.unit.namespace, ...added];
  const own = [...new Set(named)].filter(
    (one): one is string => typeof one === 'string' && one !== '' && !OF_ADDONS.has(one),
  );
  const withPods = new Set([home, ...facts.workloads.map(({ object }) => object.namespace)]);
  const switchedOff = ofKind(facts, 'Namespace', '').filter(({ value }) =>
    isSwitchedOff(asRecord(asRecord(value.metadata)?.labels) ?? {}),
  );
  const isOff = (name: string) => name !== home && switchedOff.some((one) => one.name === name);
  return own.map((one) => ({ name: one, istioInjection: withPods.has(one) && !isOff(one) }));
}

function addonsOf(facts: UnitFacts): readonly string[] {
  const rollouts = ['Rollout', 'AnalysisTemplate', 'ClusterAnalysisTemplate'].some(
    (kind) => ofKind(facts, kind, 'argoproj.io').length > 0,
  );
  const autoscalers = ofKind(facts, 'HorizontalPodAutoscaler', 'autoscaling').length > 0;
  return [
    'istio',
    'argocd',
    'prometheus',
    ...(rollouts ? ['argo-rollouts'] : []),
    ...(autoscalers ? ['metrics-server'] : []),
  ];
}

/** A stand-in is known by the tag of its image. */
function tagged(facts: UnitFacts): readonly Change[] {
  return facts.workloads.flatMap(({ object, containers }) =>
    changesOf(
      object,
      facts,
      containers
        .filter(({ image, value }) => image !== value.image)
        .map(({ image, value, pointer }) => ({
          reason: String(value.image).includes('@')
            ? 'a digest says no version, so the stand-in gets a tag'
            : 'a placeholder is no image',
          set: { [`${pointer}/image`]: image },
        })),
    ),
  );
}

/** What is dropped is not changed as well. */
function withoutDropped(changes: readonly Change[]): readonly Change[] {
  const dropped = new Set(changes.flatMap(({ drop }) => (drop ? [`${drop.kind} ${drop.name}`] : [])));
  return changes.filter(({ object }) => !object || !dropped.has(`${object.kind} ${object.name}`));
}

/**
 * How much there is to prove in a unit; what `init` takes by itself is the first unit with the most.
 *
 * @param others with objects that its Rollouts need and other units bring; none: what it has itself
 */
export function worthOf(rendered: RenderedUnit, others: readonly ManifestObject[] = []): number {
  const { claims } = propose({ rendered, others, findings: [], name: 'unit', host: undefined, realPauses: false });
  if (claims.length === 0) return 0;
  const delivered = rendered.unit.kind === 'application' ? 5 : 0;
  const moved = claims.some(({ kind }) => kind === 'canary-steps') ? 50 : 0;
  return claims.length * 10 + moved + delivered + (needsHost(rendered) ? 0 : 1);
}
