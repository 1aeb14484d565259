import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { KubeObject } from '../../k8s/client/object.ts';
import { addonManifest } from './addon-files.ts';
import { readManifests } from './manifest-file.ts';

interface Port {
  readonly name: string;
  readonly port: number;
  readonly targetPort?: number;
}

const objects = () => readManifests(addonManifest('jaeger.yaml'));
const portsOf = (services: readonly KubeObject[], name: string): readonly Port[] => {
  const found = services.find(({ kind, metadata }) => kind === 'Service' && metadata.name === name);
  return (found?.spec as { ports: Port[] } | undefined)?.ports ?? [];
};

test('the provider that istiod knows leads to the port where spans are taken, by gRPC', async () => {
  const values = parse(await readFile(addonManifest('istiod-values.yaml'), 'utf8'));
  const [provider] = values.meshConfig.extensionProviders;
  const { service, port } = provider.opentelemetry;
  expect(provider.name).toBe('jaeger');
  expect(service).toBe('jaeger-collector.istio-system.svc.cluster.local');
  // by its name the port speaks HTTP/2, without which Envoy's gRPC would not be understood
  expect(portsOf(await objects(), 'jaeger-collector').find((one) => one.port === port)?.name).toMatch(/^grpc-/);
});

test('every port of the Services, and the probe, is one where the configuration has Jaeger listen', async () => {
  const all = await objects();
  const config = all.find(({ kind }) => kind === 'ConfigMap') as KubeObject & { data: Record<string, string> };
  const listens = [...(config.data['config.yaml'] ?? '').matchAll(/0\.0\.0\.0(?::|, port: )(\d+)/g)].map(([, port]) =>
    Number(port),
  );
  const ports = ['tracing', 'jaeger-collector'].flatMap((name) => portsOf(all, name));
  expect(ports).toHaveLength(5);
  expect(ports.map(({ port, targetPort = port }) => targetPort).filter((port) => !listens.includes(port))).toEqual([]);
  const deployment = JSON.stringify(all.find(({ kind }) => kind === 'Deployment')?.spec);
  expect(deployment).toContain('"path":"/status","port":13133');
  expect(listens).toContain(13133);
  // spans of Jaeger's own sidecar would be among those that it keeps
  expect(deployment).toContain('"sidecar.istio.io/inject":"false"');
});
