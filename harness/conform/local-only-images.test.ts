import { describe, expect, test } from 'vitest';
import type { ImageMapping } from '../ports/cluster.ts';
import { requireImagesFor, requireSurroundingsFor } from './local-only-images.ts';

const program: ImageMapping = {
  image: 'shop/api:*',
  program: { command: ['node', 'server.mjs'], directory: '/x', environment: {}, port: undefined },
};
const standIn = (VERSION: string): ImageMapping => ({ image: 'shop/web:*', standIn: { SERVICE: 'web', VERSION } });

describe('requireImagesFor', () => {
  test.each(['kind', 'minikube', 'existing'] as const)('%s runs no program of this machine', (provider) => {
    expect(() => requireImagesFor(provider, [program])).toThrow(
      expect.objectContaining({ code: 'PROGRAM_NOT_ON_PROVIDER' }),
    );
  });
  test.each(['{hash}', '{label:version}', 'x-{container}'])('%s is of a pod', (value) => {
    const code = 'PLACEHOLDER_NOT_ON_PROVIDER';
    expect(() => requireImagesFor('kind', [standIn(value)])).toThrow(expect.objectContaining({ code }));
    expect(() => requireImagesFor('existing', [standIn(value)])).not.toThrow();
    expect(() => requireImagesFor('local', [standIn(value), program])).not.toThrow();
  });
  test('a tag is known everywhere', () => {
    expect(() => requireImagesFor('kind', [standIn('{tag}')])).not.toThrow();
  });
});

test('`cluster` is for clusters that are made', () => {
  const surroundings = { prometheusServices: [], gatewayLabels: {}, gatewayCertificates: [], definitions: [] };
  const code = 'CLUSTER_NOT_ON_PROVIDER';
  expect(() => requireSurroundingsFor('existing', surroundings)).toThrow(expect.objectContaining({ code }));
  expect(() => requireSurroundingsFor('kind', surroundings)).not.toThrow();
  expect(() => requireSurroundingsFor('existing', undefined)).not.toThrow();
});
