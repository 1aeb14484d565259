/**
 * The ledger of a rollout: steps declared in Git, the controller's belief, the API object, the proxies, the clients. The
 * first layer that parts from the one before it is blamed, once; what follows from it is counted. Pure.
 */
import { formatClock } from '../../../reports/model/figures.ts';
import type { FindingReport } from '../../../reports/model/run-report.ts';
import { beliefParted } from './belief-parted.ts';
import { clientsParted, meshUnbound, proxiesParted } from './proxies-parted.ts';
import { type ProxyStates, proxyName, proxyStates } from './proxy-states.ts';
import { type Parting, type RolloutEvidence, rolloutName } from './rollout-evidence.ts';
import { stepsParted } from './steps-parted.ts';

export interface Blame {
  readonly first: Parting;
  /** More stretches of the same layer. */
  readonly again: number;
  /** Layers below that parted as well. */
  readonly below: readonly FindingReport['layer'][];
}

/** In the order in which a weight travels. */
const LAYERS: readonly ((evidence: RolloutEvidence) => readonly Parting[])[] = [
  stepsParted,
  beliefParted,
  meshUnbound,
  proxiesParted,
  clientsParted,
];

export function blameRollout(evidence: RolloutEvidence): Blame | undefined {
  const found = LAYERS.map((parted) => parted(evidence).toSorted((a, b) => a.atMs - b.atMs));
  const place = found.findIndex((partings) => partings.length > 0);
  const [first, ...others] = found[place] ?? [];
  if (first === undefined) return undefined;
  const below = found.slice(place + 1).flatMap(([parting]) => parting?.layer ?? []);
  return { first, again: others.length, below };
}

/**
 * One finding for all that is wrong with a rollout; `seen` themselves where no layer parts from the one before it.
 * @param seen what the claim found, such as steps that clients never got
 */
export function blamedOnce(blame: Blame | undefined, seen: readonly FindingReport[]): readonly FindingReport[] {
  return blame === undefined ? seen : [blameFinding(blame, seen.length)];
}

function blameFinding({ first, again, below }: Blame, consequences: number): FindingReport {
  const { code, layer, atMs, said, object, field, writer, proxy, hint } = first;
  const follows = [
    ...(again > 0 ? [`${again} more of its weights were not followed`] : []),
    ...(below.length > 0 ? [`below it parted ${below.join(', ')}`] : []),
    ...(consequences > 0 ? [`${consequences} difference(s) that the claim found follow from it`] : []),
  ];
  return {
    ...{ code, layer, severity: 'error' as const },
    sentence: `${said}${follows.length > 0 ? `; ${follows.join('; ')}` : ''}.`,
    where: object,
    ...{ hint, object, field, atMs },
    ...(writer === undefined ? {} : { writer }),
    ...(proxy === undefined ? {} : { proxy }),
  };
}

/** For the details of a claim: that the ledger was gone through, and what of it was read. */
export function layersInWords(evidence: RolloutEvidence, blame: Blame | undefined): string {
  const { watch, clients, rollout, git } = evidence;
  const proxies = proxyStates(evidence);
  const paths = [...new Set(clients.map(({ path }) => path))];
  // a path without its proxy has one layer fewer, and a proxy that was lost does not agree
  const unread = paths.filter((path) => proxies.every((one) => one.path !== path));
  const lost = proxies.filter(({ states }) => states.some((state) => state.lost !== undefined));
  const read = [
    git ? `steps in Git (${git.where})` : 'steps as applied',
    `${watch.beliefs.length} beliefs of ${rolloutName(rollout)}`,
    `${watch.weights.length} writes of the VirtualService`,
    [
      ...proxies.filter((one) => !lost.includes(one)).map(proxyName),
      ...lost.map(lostInWords),
      ...unread.map((path) => `no proxy of ${path} clients read`),
    ].join(', '),
    clients.length > 0 ? `clients by ${clients.map(({ path }) => path).join(' and ')}` : 'no clients',
  ].join(' → ');
  if (blame) return `${blame.first.layer} parts first: ${blame.first.code} (${read})`;
  return `${unread.length + lost.length > 0 ? 'agree as far as they were read' : 'agree'}: ${read}`;
}

function lostInWords({ path, proxy, states }: ProxyStates): string {
  const { atMs, lost } = states.find((state) => state.lost !== undefined)!;
  return `${proxyName({ path, proxy })} not read from ${formatClock(atMs, true)} on (${lost})`;
}
