import { expect, test } from 'vitest';
import { createFakeScene } from '../../testkit/fakes/fake-scene.ts';
import { differences, readLiveState } from './live-state.ts';

const IN = { namespace: 'bookinfo' };
const DEPLOYMENTS = { apiVersion: 'apps/v1', resource: 'deployments', ...IN };
const JOBS = { apiVersion: 'batch/v1', resource: 'jobs', ...IN };
const SCALERS = { apiVersion: 'autoscaling/v2', resource: 'horizontalpodautoscalers', ...IN };
const ISTIO = { apiVersion: 'networking.istio.io/v1', resource: 'gateways', ...IN };
const GATEWAY_API = { apiVersion: 'gateway.networking.k8s.io/v1', resource: 'gateways', ...IN };
const named = (name: string, spec: Readonly<Record<string, unknown>>) => ({ metadata: { name, ...IN }, spec });

async function cluster() {
  const scene = await createFakeScene();
  const resources = [
    { group: 'apps', version: 'v1', kind: 'Deployment', name: 'sized', ...IN },
    { group: 'apps', version: 'v1', kind: 'Deployment', name: 'fixed', ...IN },
    { group: 'batch', version: 'v1', kind: 'Job', name: 'migrate', hook: true, ...IN },
    { group: 'networking.istio.io', version: 'v1', kind: 'Gateway', name: 'public', ...IN },
    { group: 'gateway.networking.k8s.io', version: 'v1', kind: 'Gateway', name: 'public', ...IN },
  ];
  const application = { metadata: { name: 'bookinfo' }, status: { resources } };
  scene.client.put(SCALERS, named('sizer', { scaleTargetRef: { kind: 'Deployment', name: 'sized' } }));
  const put = (replicas: number, selector: string, port: number) => {
    for (const name of ['sized', 'fixed']) scene.client.put(DEPLOYMENTS, named(name, { replicas, paused: false }));
    scene.client.put(JOBS, named('migrate', { selector }));
    scene.client.put(ISTIO, named('public', { port }));
    scene.client.put(GATEWAY_API, named('public', { port: 80 }));
  };
  return { put, read: () => readLiveState(application, scene) };
}

test('what an autoscaler sizes, and what every sync makes anew, is no difference; all else is, by its group too', async () => {
  const { put, read } = await cluster();
  put(2, 'first', 80);
  const before = await read();
  put(3, 'second', 8080);
  expect(differences(before, await read())).toEqual([
    'Deployment bookinfo/fixed differs at /spec/replicas',
    'Gateway bookinfo/public (networking.istio.io) differs at /spec/port',
  ]);
});
