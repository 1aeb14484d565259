import { describe, expect, test } from 'vitest';
import type { LoadResult } from '../../ports/load.ts';
import { createFakeScene, hopsOf, meshedPod, PODS } from '../../testkit/fakes/fake-scene.ts';
import { endingLoad } from '../../testkit/fakes/lasting-load.ts';
import { playPrograms } from '../../testkit/fakes/played-programs.ts';
import { steadySamples } from '../../testkit/fakes/scripted-load.ts';
import { judgeClaim } from '../judge-in-order.ts';
import type { StrictMtlsClaim } from './declaration.ts';
import { judgeStrictMtls } from './judge.ts';
import type { ProbedPort } from './probe-port.ts';
import type { ProbeOrders } from './probe-program.ts';

const CLAIM: StrictMtlsClaim = {
  id: 'shop/strict-mtls',
  title: 'mutual TLS everywhere',
  kind: 'strict-mtls',
  namespaces: ['bookinfo'],
  outside: undefined,
  trustDomain: 'cluster.local',
  service: 'reviews',
  requests: 100,
  path: {
    ...{ kind: 'mesh', from: { app: 'page' }, namespace: 'bookinfo', service: 'reviews', port: 9080 },
    ...{ path: '/', ratePerSecond: 100 },
  },
};
const PAGE = 'spiffe://cluster.local/ns/bookinfo/sa/page';
const STRICT: ProbedPort = {
  plain: { kind: 'closed', how: 'ECONNRESET' },
  tls: {
    ...{ kind: 'certificate', chains: true, validTo: 'tomorrow', answeredWithoutCertificate: undefined },
    names: 'URI:spiffe://cluster.local/ns/bookinfo/sa/reviews',
  },
};
const PLAIN: ProbedPort['plain'] = { kind: 'answered', line: 'HTTP/1.1 200 OK' };

interface Play {
  readonly found?: (port: number) => ProbedPort;
  readonly forwarded?: string | undefined;
  readonly body?: string;
  readonly lost?: number;
  /** The status of those; 0: no answer at all. */
  readonly lostAs?: number;
  readonly outside?: boolean;
  readonly root?: boolean;
  readonly ports?: readonly number[];
  readonly distort?: (result: LoadResult) => LoadResult;
  readonly signal?: AbortSignal;
  readonly meanwhile?: () => void;
  /** As the run judges it. */
  readonly throughAll?: boolean;
}

async function judge(play: Play) {
  const { found = () => STRICT, lost = 0, lostAs = 503, ports = [9080, 9090], distort, signal } = play;
  const { forwarded = `By=spiffe://x;Hash=00;Subject="";URI=${PAGE}` } = play;
  const answer = (argv: readonly string[]) => {
    if (!argv.some((word) => word.endsWith('probe-program.ts')))
      return (
        play.body ??
        JSON.stringify({
          service: 'reviews',
          ...('forwarded' in play && !play.forwarded ? {} : { forwardedClientCert: forwarded }),
        })
      );
    const { targets, rootPem } = JSON.parse(argv.at(-1) ?? '') as ProbeOrders;
    expect(rootPem).toBe('the root');
    return targets.map(({ port }) => `${JSON.stringify(found(port))}\n`).join('');
  };
  playPrograms(async (argv) => ({ stdout: answer(argv), stderr: '', exitCode: 0, durationMs: 0 }));
  const load = endingLoad(() => {
    play.meanwhile?.();
    return steadySamples(
      100,
      (n) => (n < lost ? '' : hopsOf('v1')),
      (sample) => (sample.sequence < lost ? { ...sample, status: lostAs } : sample),
    );
  }, distort);
  const scene = await createFakeScene({ load, ...(signal ? { signal } : {}) });
  const pod = (name: string, account: string, listens: readonly number[]) => {
    const base = meshedPod(name, { labels: { app: account } });
    const containers = [{ name: 'app', ports: listens.map((containerPort) => ({ containerPort })) }];
    return {
      ...base,
      spec: { ...base.spec, containers, serviceAccountName: account },
      status: { ...base.status, podIP: '10.0.0.7' },
    };
  };
  scene.client.put(PODS, pod('reviews-0', 'reviews', ports));
  scene.client.put(PODS, pod('page-0', 'page', []));
  if (play.outside !== false)
    scene.client.put({ ...PODS, namespace: 'argocd' }, meshedPod('server-0', { sidecar: false }));
  scene.client.put(
    { apiVersion: 'v1', resource: 'services', namespace: 'bookinfo' },
    { metadata: { name: 'reviews' }, spec: { clusterIP: '10.96.0.7' } },
  );
  if (play.root !== false)
    scene.client.put(
      { apiVersion: 'v1', resource: 'configmaps', namespace: 'bookinfo' },
      { metadata: { name: 'istio-ca-root-cert' }, data: { 'root-cert.pem': 'the root' } },
    );
  scene.client.put(
    { apiVersion: 'security.istio.io/v1', resource: 'peerauthentications', namespace: 'bookinfo' },
    {
      metadata: { name: 'reviews', namespace: 'bookinfo' },
      spec: { selector: { matchLabels: { app: 'reviews' } }, portLevelMtls: { 9090: { mode: 'PERMISSIVE' } } },
    },
  );
  const judging = play.throughAll ? judgeClaim(CLAIM, scene) : judgeStrictMtls(CLAIM, scene);
  const result = await judging.finally(() => expect(load.running).toBe(0));
  return result;
}

test('every port refuses plain text and shows its certificate, and the mesh goes on: passed', async () => {
  const { claim, findings } = await judge({});
  expect(claim.outcome).toBe('passed');
  expect(claim.sentence).toBe(
    `All 2 ports refused plain text from argocd/server-0, outside the mesh, and showed certificates of the mesh root for their pods' accounts. 100 of 100 requests from inside the mesh were answered by reviews, whose proxy knew the client as ${PAGE}.`,
  );
  expect(claim.details.map(({ label }) => label)).toEqual(['bookinfo/reviews-0:9080', 'bookinfo/reviews-0:9090']);
  expect(findings).toEqual([]);
});

describe('fails', () => {
  test('at a port that takes plain text as well, with its name and who says so', async () => {
    const { claim, findings } = await judge({
      found: (port) => (port === 9090 ? { ...STRICT, plain: PLAIN } : STRICT),
    });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(
      /^bookinfo\/reviews-0:9090 took plain text from outside the mesh and answered "HTTP\/1\.1 200 OK": it is PERMISSIVE \(PeerAuthentication bookinfo\/reviews\)\./,
    );
    expect(findings).toMatchObject([{ code: 'PLAIN_TEXT_TAKEN', where: 'bookinfo/reviews-0:9090' }]);
  });

  test.each<[string, Partial<Extract<ProbedPort['tls'], { kind: 'certificate' }>>, string]>([
    ['another account', { names: 'URI:spiffe://cluster.local/ns/bookinfo/sa/page' }, 'PEER_CERTIFICATE_WRONG'],
    ['another root', { chains: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'PEER_CERTIFICATE_WRONG'],
    ['no need of the client’s', { answeredWithoutCertificate: 'HTTP/1.1 200 OK' }, 'CLIENT_CERTIFICATE_NOT_ASKED'],
  ])('with a certificate of %s', async (_, change, code) => {
    const found = (): ProbedPort => ({ ...STRICT, tls: { ...STRICT.tls, ...change } as ProbedPort['tls'] });
    const { claim, findings } = await judge({ found, ports: [9080] });
    expect(claim.outcome).toBe('failed');
    expect(findings).toMatchObject([{ code }]);
  });

  test.each([503, 0])('when a request inside the mesh is not answered (%i)', async (lostAs) => {
    const { claim, findings } = await judge({ lost: 1, lostAs });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toContain('Only 99 of 100 requests from inside the mesh were answered by reviews.');
    expect(findings).toMatchObject([{ code: 'MESH_TRAFFIC_LOST' }]);
  });

  test.each([
    ['nobody', undefined],
    ['another account', 'By=spiffe://x;URI=spiffe://cluster.local/ns/bookinfo/sa/other'],
  ])('when the receiver’s proxy knew the client as %s', async (_, forwarded) => {
    const { claim, findings } = await judge({ forwarded });
    expect(claim.outcome).toBe('failed');
    expect(findings).toMatchObject([{ code: 'CLIENT_IDENTITY_WRONG' }]);
  });
});

describe('is undecided', () => {
  test('where a port refuses everybody', async () => {
    const tls: ProbedPort['tls'] = { kind: 'none', how: 'ECONNREFUSED' };
    const { claim } = await judge({ found: () => ({ ...STRICT, tls }) });
    expect(claim.outcome).toBe('inconclusive');
    expect(claim.sentence).toContain('so its refusal of plain text shows nothing');
  });

  test('where a port was silent', async () => {
    const { claim } = await judge({ found: () => ({ ...STRICT, plain: { kind: 'unreachable', how: 'silent' } }) });
    expect(claim.outcome).toBe('inconclusive');
  });

  test('where no pod declares a port', async () => {
    const { claim } = await judge({ ports: [] });
    expect(claim.outcome).toBe('inconclusive');
    expect(claim.sentence).toMatch(/^No ready pod of bookinfo declares a port\./);
  });
});

test('bad books are no verdict', async () => {
  const { claim } = await judge({ distort: (result) => ({ ...result, droppedIterations: 1_000 }) });
  expect(claim.outcome).toBe('invalid');
});

test.each<[string, Play]>([
  ['OUTSIDE_POD_MISSING', { outside: false }],
  ['MESH_ROOT_MISSING', { root: false }],
  ['RECEIVER_UNREADABLE', { body: '<html>' }],
])('%s is the environment’s', async (code, play) => {
  await expect(judge(play)).rejects.toMatchObject({ code, exitCode: 3 });
});

describe('a run that is over', () => {
  const reason = new DOMException('time is up', 'TimeoutError');

  test('says nothing when the load was cut short', async () => {
    const over = new AbortController();
    await expect(judge({ signal: over.signal, meanwhile: () => over.abort(reason) })).rejects.toBe(reason);
  });

  test('is no pass when it ends while ports are asked', async () => {
    const over = new AbortController();
    const found = () => {
      over.abort(reason);
      return STRICT;
    };
    const { claim } = await judge({ signal: over.signal, found, throughAll: true });
    expect(claim.outcome).toBe('inconclusive');
    expect(claim.sentence).toMatch(
      /^Cut short: the time budget of the run was spent before this was decided\. All 2 ports/,
    );
  });
});
