import { expect, test } from 'vitest';
import type { InstalledComponent, Toolset } from '../toolchain/toolset.ts';
import { componentsOf, nodeParts } from './prepare-node.ts';

test('a bare node needs the control plane and a name server', () => {
  expect(componentsOf({ addons: [] })).toEqual(['etcd', 'kubernetes', 'cri-streaming', 'coredns', 'k6']);
});

test('addons add theirs, each component once', () => {
  const components = componentsOf({ addons: ['istio', 'argocd', 'prometheus'] });
  expect(components).toEqual(expect.arrayContaining(['istio', 'envoy', 'argocd', 'redis', 'prometheus', 'helm']));
  expect(new Set(components).size).toBe(components.length);
});

test('an addon without a program of its own adds none', () => {
  expect(componentsOf({ addons: ['dns'] })).toEqual(componentsOf({ addons: [] }));
});

/** Every program that is asked for exists, with the component's version in its path. */
function fakeToolset(asked: string[]): Toolset {
  const component = (name: string, version = 'pinned') =>
    ({
      programs: new Proxy({} as Record<string, unknown>, {
        get: (_, program: string) => ({ name: program, path: `/${name}-${version}/${program}`, version, origin: 'o' }),
        ownKeys: () => [name],
        getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
      }),
      dataFile: (relative: string) => `/${name}-${version}/${relative}`,
    }) as unknown as InstalledComponent;
  return {
    component(name: string, version?: string) {
      asked.push(name);
      return component(name, version);
    },
  } as unknown as Toolset;
}

test('only the components of the addons are asked for, at the versions that were asked for', () => {
  const asked: string[] = [];
  const parts = nodeParts(
    { name: 'a', addons: ['prometheus'], componentVersions: { etcd: '3.4' }, images: [] },
    fakeToolset(asked),
    { bundle: '/bundle', node: '/node' },
  );
  expect([...new Set(asked)].sort()).toEqual(['coredns', 'cri-streaming', 'etcd', 'k6', 'kubernetes', 'prometheus']);
  expect(parts.programs.etcd).toBe('/etcd-3.4/etcd');
  expect(parts.programs.kubelet).toBe('/kubernetes-pinned/kubelet');
  expect(parts.catalogue.map(({ image }) => image)).toEqual([
    'docker.io/grafana/k6*',
    'registry.k8s.io/coredns/coredns*',
    'quay.io/prometheus/prometheus*',
  ]);
  expect(parts.components.map(({ name }) => name)).toContain('prometheus');
});
