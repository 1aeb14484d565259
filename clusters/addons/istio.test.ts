import { expect, test } from 'vitest';
import { isTrusted } from './istio.ts';

const webhooks = (...bundles: (string | undefined)[]) => ({
  metadata: { name: 'istio-sidecar-injector' },
  webhooks: bundles.map((caBundle) => ({ clientConfig: { caBundle } })),
});

test('the injection webhook is trusted when every hook has a bundle, and never when there is none', () => {
  expect(isTrusted(webhooks('a', 'b'))).toBe(true);
  expect(isTrusted(webhooks('a', ''))).toBe(false);
  expect(isTrusted(webhooks('a', undefined))).toBe(false);
  expect(isTrusted(webhooks())).toBe(false);
  expect(isTrusted(undefined)).toBe(false);
});
