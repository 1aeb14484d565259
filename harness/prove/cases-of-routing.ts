/** Data planes that split by something else than a weighted choice per request, or that hide who answered. */
import { WHOLE_HOST } from '../evidence/proxy-routes.ts';
import type { Case } from './case.ts';
import { CANARY, STABLE } from './data-plane.ts';
import {
  againstCounters,
  failedNear,
  guarded,
  invalidBecause,
  judgedAs,
  passed,
  sameWeights,
  shuffledLabels,
  warned,
} from './observations.ts';
import { clusterName, type Endpoint, weighted } from './proxy-config.ts';

const RIGHT = weighted({ [STABLE]: 90, [CANARY]: 10 });
const endpoints = (ports: readonly number[], weight?: number): Endpoint[] =>
  ports.map((port) => (weight === undefined ? { port } : { port, weight }));
const wholeHost = { cluster: clusterName('') };

const podCount: Case = {
  name: 'split by pod count',
  plane: {
    routes: [wholeHost],
    stablePods: 3,
    // what a sidecar does with a host that no VirtualService splits
    clusters: ({ v1, v3 }) => [{ subset: '', policy: 'LEAST_REQUEST', endpoints: endpoints([...v1, ...v3]) }],
  },
  trial: {},
  rows: [
    {
      name: 'split by pod count (3 + 1)',
      kind: 'mutant',
      reason: 'e-value; interval around 1 of 4 pods; the proxy holds no split for the host (xDS)',
      errorRate: 1e-3,
      observe: failedNear(0.25, ({ weights }) => sameWeights(weights[0], { [WHOLE_HOST]: 100 })),
    },
  ],
};

const sticky: Case = {
  name: 'sticky by hash',
  plane: {
    routes: [
      {
        ...weighted({ [STABLE]: 90, [CANARY]: 10 }, { use_hash_policy: true }),
        hash_policy: [{ header: { header_name: 'x-connection' } }],
      },
    ],
    proxy: { namesConnections: true },
  },
  trial: { mostRequests: 6000 },
  rows: [
    {
      name: 'sticky by hash',
      kind: 'mutant',
      reason: 'guard: equal answers stand together within connections',
      errorRate: 1e-4,
      observe: guarded('together'),
    },
  ],
};

const roundRobin: Case = {
  name: 'deterministic round robin',
  plane: {
    routes: [wholeHost],
    // one cluster, endpoints 9 : 1, which Envoy's scheduler takes in turn
    clusters: ({ v1, v3 }) => [
      { subset: '', policy: 'ROUND_ROBIN', endpoints: [...endpoints(v1, 9), ...endpoints(v3, 1)] },
    ],
  },
  // a number of connections that no multiple of the ten turns fits, or each connection would see one answer only
  trial: { mostRequests: 6000, virtualUsers: 997 },
  rows: [
    {
      name: 'deterministic round robin',
      kind: 'mutant',
      reason: 'guard: answers alternate more regularly than chance would; the share is right, so the verdict warns',
      errorRate: 1e-4,
      observe: warned('alternating'),
    },
  ],
};

/** Error pages that do not name the version. */
const HEADERS_LOST = `function envoy_on_response(handle)
  if tonumber(handle:headers():get(":status")) >= 400 then
    for _, name in ipairs({"service", "version", "pod", "hops"}) do handle:headers():remove("x-canaryproof-" .. name) end
  end
end`;

const headerLost: Case = {
  name: 'version header lost on client errors',
  plane: { routes: [RIGHT], canary: { errorShare: 0.2, errorStatus: 404 }, proxy: { lua: HEADERS_LOST } },
  trial: { mostRequests: 3000 },
  rows: [
    {
      name: 'version header lost on errors (404)',
      kind: 'mutant',
      reason: 'books: unattributed answers',
      errorRate: 0,
      observe: invalidBecause('unattributed'),
    },
  ],
};

const headerHidden: Case = {
  name: 'version header lost on server errors',
  // Of 20 % canary 5/9 err without a name: what is signed looks like 90/10.
  plane: {
    routes: [weighted({ [STABLE]: 80, [CANARY]: 20 })],
    // drawn one by one: in turn they would leave the signed answers more regular than chance, which the guards see
    canary: { mode: 'random', errorShare: '5/9', errorStatus: 500 },
    proxy: { lua: HEADERS_LOST },
  },
  trial: { mostRequests: 13_000 },
  rows: [
    {
      name: '80/20 with half of the canary behind unsigned 500s, so that the rest looks like 90/10',
      kind: 'mutant',
      reason: 'undecided: unsigned requests are held against a pass',
      errorRate: 1e-3,
      observe({ split }) {
        const held = split.outcome === 'inconclusive' && split.errors > 0 && split.sentence.includes('held against');
        return {
          asExpected: split.outcome !== 'passed',
          rightReason: held,
          said: `${split.outcome}, ${split.errors} errors`,
        };
      },
    },
    {
      name: 'the same, judged by signed answers alone',
      kind: 'control',
      reason: 'passes a split that is 80/20',
      errorRate: 0.03,
      observe({ completed }) {
        const outcome = judgedAs(completed.flatMap(({ arm }) => (arm === null ? [] : [arm])));
        return { asExpected: outcome === 'passed', rightReason: outcome === 'passed', said: outcome };
      },
    },
  ],
};

const retries: Case = {
  name: 'retries',
  plane: {
    routes: [
      {
        ...RIGHT,
        retry_policy: {
          retry_on: '5xx',
          num_retries: 4,
          retry_back_off: { base_interval: '0.001s', max_interval: '0.002s' },
        },
      },
    ],
    canary: { errorShare: 0.3, errorStatus: 503 },
  },
  trial: {},
  rows: [
    {
      name: 'retries: requests as the client sent them',
      kind: 'sound',
      reason: 'within the margin: a request counts once',
      errorRate: 1.5e-3,
      observe: passed,
    },
    {
      name: 'retries counted twice by the second witness',
      kind: 'mutant',
      reason: 'witness: more attempts than requests, all of them explained by the proxy as retries',
      errorRate: 0,
      observe(trial) {
        const [blind, told] = [againstCounters(trial, false), againstCounters(trial, true)];
        const asExpected = blind.outcome === 'failed';
        const explained = told.outcome === 'passed' && told.codes.includes('retries');
        return { asExpected, rightReason: asExpected && explained, said: `${blind.outcome}; ${told.notes.join('; ')}` };
      },
    },
  ],
};

const mirrored: Case = {
  name: 'mirrored traffic',
  plane: {
    routes: [
      {
        cluster: clusterName(STABLE),
        // 1/9 of what stable serves: 10 % of all that receivers see
        request_mirror_policies: [
          {
            cluster: clusterName(CANARY),
            runtime_fraction: { default_value: { numerator: 111_111, denominator: 'MILLION' } },
          },
        ],
      },
    ],
  },
  trial: { mostRequests: 12_000, wholeStep: true },
  rows: [
    {
      name: 'mirrored traffic mistaken for served',
      kind: 'mutant',
      reason: 'e-value: no client got the canary; witness: more than was sent, to the canary, and no retries',
      errorRate: 1e-3,
      observe(trial) {
        const { split } = trial;
        const witness = againstCounters(trial, true);
        const mirroring =
          witness.outcome === 'failed' &&
          witness.codes.join() === 'more-than-sent' &&
          (witness.arms.find(({ arm }) => arm === CANARY)?.difference ?? 0) > 0.05;
        const asExpected = split.outcome === 'failed';
        return {
          asExpected,
          rightReason: asExpected && split.reason === 'e-value' && mirroring,
          said: `${split.outcome} (${split.reason}); ${witness.notes.join('; ')}`,
        };
      },
    },
    {
      name: 'the same, judged by what the receivers counted',
      kind: 'control',
      reason: 'passes a canary that serves nobody',
      errorRate: 0.03,
      observe({ attempts }) {
        const outcome = judgedAs(shuffledLabels(attempts, 1));
        return { asExpected: outcome === 'passed', rightReason: outcome === 'passed', said: outcome };
      },
    },
  ],
};

export const ROUTING_CASES: readonly Case[] = [
  podCount,
  sticky,
  roundRobin,
  headerLost,
  headerHidden,
  retries,
  mirrored,
];
