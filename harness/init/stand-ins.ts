/** Which images the stand-in answers for, and how it names itself there. Pure. */

import { asRecord } from '../lint/manifest-set.ts';
import { headerRoutes } from './header-routes.ts';
import { shadowsOf } from './mirrored-routes.ts';
import { askedPorts, portOf, servingContainer } from './serving-ports.ts';
import { armsOf } from './split-arms.ts';
import { httpRoutes, ISTIO, type SplitSubject, type Subject } from './subjects.ts';
import { type Container, imageParts, ofKind, type UnitFacts, type Workload } from './unit-facts.ts';

export interface StandIn {
  readonly image: string;
  readonly standIn: Readonly<Record<string, string>>;
}

/** Of pods that a split tells apart by their label; others that run the same image may have none. */
const BY_LABEL = '{label:version:-{tag}}';
const BY_TAG = '{tag}';

interface Use {
  readonly name: string;
  readonly container: Container;
  readonly workload: Workload;
}

export function standIns(facts: UnitFacts, subjects: readonly Subject[]): readonly StandIn[] {
  const arms = splitArms(subjects, facts);
  const uses = facts.workloads.flatMap((workload) =>
    workload.containers.map((container): Use => ({ name: imageParts(container.image).name, container, workload })),
  );
  return [...Map.groupBy(uses, ({ name }) => name)].map(([name, same]) => {
    const serving = same.filter(({ container, workload }) => servingContainer(workload, facts) === container);
    const [port] = serving.map(({ workload }) => portOf(workload, facts));
    const others = same.flatMap(({ container, workload }) => askedPorts(container, workload, facts));
    const ports = [...new Set([...serving.map(({ workload }) => portOf(workload, facts)), ...others])];
    const arm = serving.map(({ workload }) => arms.get(workload)).find((one) => one !== undefined);
    return {
      image: `${name}:*`,
      standIn: {
        SERVICE: arm ?? serviceOf(name),
        // what a Rollout releases is another image of the same labels
        VERSION: arm === undefined || same.some(({ workload }) => isReleased(workload, subjects)) ? BY_TAG : BY_LABEL,
        ...(port === undefined ? {} : { PORT: String(port) }),
        ...(ports.length > (port === undefined ? 0 : 1) ? { PORTS: ports.join(',') } : {}),
      },
    };
  });
}

/** How pods of a workload call themselves once the stand-in runs in them. */
export function spokenNames(
  workload: Workload,
  facts: UnitFacts,
  subjects: readonly Subject[],
): { readonly service: string; readonly version: string } {
  const { name, tag } = imageParts(servingContainer(workload, facts).image);
  const standIn = standIns(facts, subjects).find(({ image }) => image === `${name}:*`)?.standIn;
  const version = standIn?.VERSION === BY_LABEL ? workload.labels.version : undefined;
  return { service: standIn?.SERVICE ?? serviceOf(name), version: version ?? tag ?? 'latest' };
}

function isReleased(workload: Workload, subjects: readonly Subject[]): boolean {
  return subjects.some((subject) => subject.kind === 'rollout' && subject.workload.object === workload.object);
}

/** Each workload behind a split, with the name that all arms of that split share. */
function splitArms(subjects: readonly Subject[], facts: UnitFacts): ReadonlyMap<Workload, string> {
  const named = subjects.flatMap((subject) =>
    subject.kind === 'split'
      ? // those that only a header leads to are told apart as the others are
        [...armsOf(subject, facts), ...headerRoutes(subject, facts)].flatMap(({ workload }) =>
          workload ? ([[workload, splitService(subject, facts)]] as const) : [],
        )
      : [],
  );
  // of two splits of one workload the first one names it
  return new Map([...named, ...mirroredArms(facts)].toReversed());
}

/** Who answers a mirrored route, and who gets the copies: they must be told apart as the arms of a split are. */
function mirroredArms(facts: UnitFacts): readonly (readonly [Workload, string])[] {
  return ofKind(facts, 'VirtualService', ISTIO).flatMap((virtualService) =>
    httpRoutes(virtualService).flatMap(({ split: route }) => {
      const shadows = shadowsOf(virtualService, route.index, facts);
      if (shadows.length === 0) return [];
      const service = splitService({ virtualService, route }, facts);
      return [...armsOf({ route }, facts), ...shadows].flatMap(({ workload }) =>
        workload ? ([[workload, service]] as const) : [],
      );
    }),
  );
}

/** How pods of every arm call themselves in the chain of hops, whatever images they run. */
export function splitService(subject: Pick<SplitSubject, 'virtualService' | 'route'>, facts: UnitFacts): string {
  const images = armsOf(subject, facts).flatMap(({ workload }) =>
    workload ? serviceOf(imageParts(servingContainer(workload, facts).image).name) : [],
  );
  const [only, other] = new Set(images);
  if (only !== undefined && other === undefined) return only;
  const hosts = subject.route.destinations.map(({ destination }) => String(asRecord(destination)?.host).split('.')[0]!);
  const [host, another] = new Set(hosts);
  return another === undefined && host ? host : subject.virtualService.name.replaceAll(/[^a-z0-9-]+/g, '-');
}

/** How pods of an image call themselves in the chain of hops: the last word of its name. */
export function serviceOf(imageName: string): string {
  return imageName
    .split('/')
    .at(-1)!
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-');
}
