import { expect, test } from 'vitest';
import type { KubeObject } from '../../k8s/client/object.ts';
import { createPodBook } from './pod-book.ts';

const pod = (name: string, labels: Record<string, string>, podIP?: string, spec = {}): KubeObject => ({
  metadata: { name, namespace: 'shop', labels },
  spec,
  status: podIP === undefined ? {} : { podIP, podIPs: [{ ip: podIP }] },
});
const service = (name: string, selector: Record<string, string>): KubeObject => ({
  metadata: { name, namespace: 'shop' },
  spec: { selector },
});

test('an address is of the pod that got it last, and a pod that is gone is remembered', () => {
  const book = createPodBook();
  book.tellPod(pod('old', {}, '10.0.0.1'));
  book.tellPod(pod('new', {}, '10.0.0.1'));
  // its last state comes without an address
  book.tellPod(pod('old', {}));
  expect(book.at('10.0.0.1')).toBe('shop/new');
  expect(book.get('shop/old')?.metadata.name).toBe('old');
  expect(book.at('10.0.0.9')).toBeUndefined();
});

test('the address of a node is no pod', () => {
  const book = createPodBook();
  book.tellPod(pod('agent', {}, '192.168.0.1', { hostNetwork: true }));
  expect(book.at('192.168.0.1')).toBeUndefined();
});

test('a pod belongs to the Services that may send requests to it', () => {
  const book = createPodBook();
  book.tellPod(pod('cart-2', { app: 'cart-app', 'rollouts-pod-template-hash': 'new' }));
  book.tellService(service('cart', { app: 'cart-app' }));
  // the controller pins the Service of a Rollout to one template, for the time being
  book.tellService(service('cart-stable', { app: 'cart-app', 'rollouts-pod-template-hash': 'old' }));
  book.tellService(service('nobody', {}));
  const belongs = (name: string) => book.belongs('shop/cart-2', name);
  expect(['cart', 'cart-stable', 'shop/cart', 'cart-app'].map(belongs)).toEqual([true, true, true, true]);
  expect(['nobody', 'other/cart', 'page'].map(belongs)).toEqual([false, false, false]);
  expect(book.belongs('shop/unknown', 'cart')).toBe(false);
});
