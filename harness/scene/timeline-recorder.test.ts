import { expect, test } from 'vitest';
import { reviewsRoute } from '../testkit/fakes/fake-scene.ts';
import { createTimelineRecorder, type TimelineEvent, writerOf } from './timeline-recorder.ts';

test('the writer is the owner of the field; where nothing says who that is, the manager of the newest write', () => {
  const edit = { manager: 'kubectl-edit', time: '2026-01-02T03:04:06Z' };
  const managedFields = [edit, { manager: 'argocd-controller', time: '2026-01-02T03:04:05Z' }];
  expect(writerOf({ metadata: { name: 'x', managedFields } }, ['spec', 'http'])).toBe('kubectl-edit');
  const owned = managedFields.map((one) => (one === edit ? one : { ...one, fieldsV1: { 'f:spec': { 'f:http': {} } } }));
  expect(writerOf({ metadata: { name: 'x', managedFields: owned } }, ['spec', 'http'])).toBe('argocd-controller');
  expect(writerOf({ metadata: { name: 'x' } }, ['spec', 'http'])).toBe('unknown writer');
});

function recorded() {
  const told: TimelineEvent[] = [];
  let now = 1000;
  const recorder = createTimelineRecorder(
    () => now++,
    (event) => told.push(event),
  );
  return { recorder, told };
}

test('only a change of weights or gateways is history', () => {
  const { recorder, told } = recorded();
  const at = (resourceVersion: string, weights: Record<string, number>, spec: object = {}) => {
    const object = reviewsRoute(weights, spec);
    recorder.virtualService({ ...object, metadata: { ...object.metadata, resourceVersion } });
  };
  at('1', { v1: 90, v3: 10 });
  at('2', { v1: 90, v3: 10 });
  at('3', { v1: 75, v3: 25 });
  at('4', { v1: 75, v3: 25 }, { gateways: ['front'] });
  at('5', { v1: 90, v3: 10 });
  const history = recorder.history('bookinfo', 'reviews');
  expect(history.map(({ resourceVersion }) => resourceVersion)).toEqual(['1', '3', '4', '5']);
  expect(history[0]).toMatchObject({ writer: 'argocd-controller', weights: { v1: 90, v3: 10 }, gateways: ['mesh'] });
  expect(history[2]).toMatchObject({ gateways: ['front'] });
  expect(told).toHaveLength(4);
  expect(told[1]).toMatchObject({
    lane: 'VirtualService',
    label: 'reviews: v1 75, v3 25',
    detail: 'resourceVersion 3 by argocd-controller',
  });
  expect(recorder.events).toEqual(told);
});

test('objects of other names and namespaces have a history of their own', () => {
  const { recorder } = recorded();
  recorder.virtualService(reviewsRoute({ v1: 100 }));
  expect(recorder.history('other', 'reviews')).toEqual([]);
});

test('a deletion is history: there are no weights any more', () => {
  const { recorder, told } = recorded();
  recorder.virtualService(reviewsRoute({ v1: 100 }));
  recorder.virtualService(reviewsRoute({ v1: 100 }), undefined, 'DELETED');
  expect(recorder.history('bookinfo', 'reviews').at(-1)).toMatchObject({ deleted: true, weights: {} });
  expect(told.at(-1)).toMatchObject({ label: 'reviews deleted' });
});

test('a write that did not arrive live says since when it may have been', () => {
  const { recorder } = recorded();
  recorder.virtualService(reviewsRoute({ v1: 100 }), { source: 'list', sinceMs: 700 });
  expect(recorder.history('bookinfo', 'reviews')[0]).toMatchObject({ atMs: 1000, sinceMs: 700 });
});
