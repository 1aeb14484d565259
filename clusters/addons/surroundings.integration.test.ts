/** What strangers' manifests expect around them, asked for from inside a real local cluster. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalMesh, startLocalMesh } from '../../harness/testkit/local-mesh.ts';
import type { KubeObject } from '../../k8s/client/object.ts';

/** In the catalogue of every local cluster; its tools are the machine's. */
const IMAGE = 'registry.k8s.io/coredns/coredns';
const PODS = { apiVersion: 'v1', resource: 'pods', namespace: 'default' } as const;
let mesh: LocalMesh;

beforeAll(async () => {
  mesh = await startLocalMesh({
    name: 'around',
    images: [],
    surroundings: {
      prometheusServices: [
        { namespace: 'istio-system', name: 'prometheus', port: 9090 },
        { namespace: 'observability', name: 'prom', port: 80 },
      ],
      gatewayLabels: { istio: 'their-gateway' },
      gatewayCertificates: [{ credentialName: 'shop-tls', namespace: 'istio-system', hosts: ['shop.test'] }],
      definitions: [
        {
          group: 'monitoring.coreos.com',
          version: 'v1',
          kind: 'ServiceMonitor',
          plural: 'servicemonitors',
          scope: 'Namespaced',
        },
      ],
    },
  });
});
afterAll(() => mesh?.down());

async function outputOf(name: string, script: string): Promise<string> {
  const containers = [{ name: 'c', image: IMAGE, command: ['bash', '-c', `exec 2>&1; ${script}`] }];
  const metadata = { name, namespace: 'default' };
  await mesh.client.apply([{ apiVersion: 'v1', kind: 'Pod', metadata, spec: { restartPolicy: 'Never', containers } }]);
  const isOver = (found: KubeObject | undefined) =>
    ['Succeeded', 'Failed'].includes((found?.status as { phase?: string } | undefined)?.phase ?? '');
  await mesh.client.waitFor(PODS, name, isOver, { timeoutMs: 60_000, what: `pod ${name} to end` });
  return mesh.client.getText(`/api/v1/namespaces/default/pods/${name}/log`);
}

const ready = (address: string) =>
  `node -e "fetch('${address}/-/ready').then((r) => console.log(r.status), (e) => console.log(e.cause?.message))"`;

test.each([
  ['own', 'http://prometheus.istio-system.svc.cluster.local:9090'],
  ['other', 'http://prom.observability:80'],
])('Prometheus answers at the address of %s', async (name, address) => {
  expect((await outputOf(name, ready(address))).trim()).toBe('200');
});

test('a Gateway that selects the gateway by another label serves TLS with the certificate of the run', async () => {
  await mesh.client.apply([
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Gateway',
      metadata: { name: 'shop', namespace: 'default' },
      spec: {
        selector: { istio: 'their-gateway' },
        servers: [
          {
            port: { number: 443, name: 'https', protocol: 'HTTPS' },
            hosts: ['shop.test'],
            tls: { mode: 'SIMPLE', credentialName: 'shop-tls' },
          },
        ],
      },
    },
  ]);
  const subject =
    `node -e "const s=require('tls').connect({host:'istio-ingressgateway.istio-system',port:443,servername:'shop.test',` +
    `rejectUnauthorized:false},()=>{console.log(s.getPeerCertificate().subjectaltname);process.exit()});` +
    `s.on('error',(e)=>{console.log(e.code);process.exit(1)})"`;
  const retried = `for i in $(seq 60); do out=$(${subject}) && break; sleep 0.5; done; echo $out`;
  expect((await outputOf('tls', retried)).trim()).toBe('DNS:shop.test');
});

test('an object of a kind without a controller is taken as it is', async () => {
  const spec = { anything: [{ at: 'all' }] };
  const metadata = { name: 'shop', namespace: 'default' };
  await mesh.client.apply([{ apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor', metadata, spec }]);
  const collection = { apiVersion: 'monitoring.coreos.com/v1', resource: 'servicemonitors', namespace: 'default' };
  expect((await mesh.client.get(collection, 'shop'))?.spec).toEqual(spec);
});
