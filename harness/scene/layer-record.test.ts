import { expect, test } from 'vitest';
import { application } from '../testkit/fakes/fake-scene.ts';
import { createLayerRecord } from './layer-record.ts';

const HOST = 'reviews.bookinfo.svc.cluster.local';

function recorded() {
  const clock = { ms: 100 };
  const told: string[] = [];
  const record = createLayerRecord(
    () => clock.ms,
    (lane, label) => told.push(`${lane}: ${label}`),
  );
  return { record, clock, told };
}
const refusal = (proxy: string, text = 'bad header') => ({ proxy: `bookinfo/${proxy}`, type: 'RDS', text });
const refusals = (atMs: number, ...rejections: ReturnType<typeof refusal>[]) => ({
  ...{ istiod: 'istio-system/istiod', atMs, sinceMs: undefined, rejections },
});

test('a refusal is one entry from the first word of it until the proxy accepts, and tells once', () => {
  const { record, told } = recorded();
  record.rejections(refusals(1, refusal('page')));
  record.rejections(refusals(2, refusal('page'), refusal('details')));
  record.rejections(refusals(3, refusal('details')));
  record.rejections(refusals(4, refusal('page'), refusal('details')));
  expect(record.refused.map(({ proxy, atMs, clearedMs }) => [proxy, atMs, clearedMs])).toEqual([
    ['bookinfo/page', 1, 3],
    ['bookinfo/details', 2, undefined],
    ['bookinfo/page', 4, undefined],
  ]);
  expect(told).toEqual(
    ['xDS: bookinfo/page', 'xDS: bookinfo/details', 'xDS: bookinfo/page'].map((one) => `${one} refuses RDS`),
  );
});

test('another text of the same proxy is another refusal', () => {
  const { record } = recorded();
  record.rejections(refusals(1, refusal('page')));
  record.rejections(refusals(2, refusal('page', 'unknown cluster')));
  expect(record.refused.map(({ text, clearedMs }) => [text, clearedMs])).toEqual([
    ['bad header', 2],
    ['unknown cluster', undefined],
  ]);
});

test('a pod that is gone holds nothing any more, and refuses nothing', () => {
  const { record, clock } = recorded();
  for (const proxy of ['bookinfo/page', 'bookinfo/details']) {
    record.route({ ...{ proxy, host: HOST, atMs: 1, sinceMs: undefined, version: '' }, weights: { v1: 100 } });
    record.counters({ proxy, host: HOST, atMs: 1, counts: { v1: 5 }, retried: {} });
  }
  record.rejections(refusals(1, refusal('page')));
  clock.ms = 200;
  record.proxyGone('bookinfo/page');
  expect([...record.routesOf(HOST).keys()]).toEqual(['bookinfo/details']);
  expect([...record.countersOf(HOST)]).toEqual([['bookinfo/details', [{ atMs: 1, counts: { v1: 5 }, retried: {} }]]]);
  expect(record.refused[0]?.clearedMs).toBe(200);
  expect(record.routesOf('other.host').size).toBe(0);
});

test('gateways are told apart from sidecars', () => {
  const { record } = recorded();
  record.gateway('istio-system/front');
  expect(['istio-system/front', 'bookinfo/page'].map(record.isGateway)).toEqual([true, false]);
});

test('an Application is history where its commit or its policy changes', () => {
  const { record, clock, told } = recorded();
  const see = (change: Parameters<typeof application>[0]) => {
    clock.ms += 1;
    record.application(application(change));
  };
  see({ revision: 'a'.repeat(40) });
  see({ revision: 'a'.repeat(40) });
  see({ revision: 'a'.repeat(40), automated: null });
  see({ revision: 'b'.repeat(40), automated: { selfHeal: false } });
  expect(
    record.applications('argocd', 'bookinfo').map(({ commit, ...step }) => ({ ...step, commit: commit?.[0] })),
  ).toEqual([
    { atMs: 101, commit: 'a', automated: true, selfHeal: true, policyWriter: 'unknown writer' },
    { atMs: 103, commit: 'a', automated: false, selfHeal: false, policyWriter: 'unknown writer' },
    { atMs: 104, commit: 'b', automated: true, selfHeal: false, policyWriter: 'unknown writer' },
  ]);
  expect(told).toEqual([`Argo CD: applied ${'a'.repeat(12)}`, `Argo CD: applied ${'b'.repeat(12)}`]);
});

test('what Argo CD only compared with was not applied', () => {
  const { record } = recorded();
  const seen = application({ revision: 'b'.repeat(40) });
  record.application({
    ...seen,
    status: {
      sync: { status: 'OutOfSync', revision: 'b'.repeat(40) },
      operationState: { phase: 'Succeeded', syncResult: { revision: 'a'.repeat(40) } },
    },
  });
  expect(record.applications('argocd', 'bookinfo')[0]?.commit).toBe('a'.repeat(40));
});

test('who switched automated sync off is the newest writer of the spec, not of the status', () => {
  const { record } = recorded();
  const managedFields = [
    { manager: 'somebody', time: '2026-01-02T00:00:01Z', fieldsV1: { 'f:spec': { 'f:source': {} } } },
    { manager: 'argocd-controller', time: '2026-01-02T00:00:02Z', fieldsV1: { 'f:status': {} } },
  ];
  const seen = application({ automated: null });
  record.application({ ...seen, metadata: { ...seen.metadata, managedFields } });
  expect(record.applications('argocd', 'bookinfo')[0]?.policyWriter).toBe('somebody');
});
