/** A shop whose repository holds the gates of docs/ci as they stand there, with its own figures, for a local cluster. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import type { ImageMapping } from '../../ports/cluster.ts';
import { packageRoot } from '../../process/package-root.ts';
import { type Container, containerOf } from './run-container.ts';

export const NAMESPACE = 'shop';
/** Of the recipes; the machine's Node and this checkout stand in their place. */
const NODE_IMAGE = 'docker.io/library/node:24-bookworm';
const GATES = { rollouts: 'docs/ci/gate-rollouts.yaml', argocd: 'docs/ci/gate-argocd.yaml' } as const;

export const NIGHT = 'docs/ci/nightly-cronjob.yaml';
export const SIMULATION = 'docs/ci/simulate-job.yaml';
/** A name of its own, because the image of the recipes stands for the words of the gates. */
export const imageOf = (file: string) => `example.com/recipes/${path.basename(file, '.yaml')}:1`;

export interface Shop {
  readonly version: string;
  /** The least share of good answers that the policy promotes: 0.5 lets every canary with 5 % errors through. */
  readonly limit: number;
  readonly gates: readonly (keyof typeof GATES)[];
  /** What one pod serves a second where the gates send the peak, too; otherwise they ask for no load. */
  readonly servesPerSecond?: number;
}
/** Requests a second; the recipe adds a headroom of a fifth. */
export const PEAK = 20;

/** What runs in the cluster in place of the images: the stand-in, and the words that the gates' container runs. */
export function shopImages(): readonly ImageMapping[] {
  return [
    { image: 'example.com/shop:*', standIn: { SERVICE: 'shop', VERSION: '{tag}', PORT: '8080' } },
    // both gates run the same words (gate.test.ts)
    { image: NODE_IMAGE, program: programOf(containerOf(GATES.rollouts)) },
    ...[NIGHT, SIMULATION].map((file) => ({ image: imageOf(file), program: programOf(containerOf(file)) })),
  ];
}

/** The container's own words with this checkout at /app, where an image would bring the package. */
function programOf({ command: [shell = '', ...options], args }: Container) {
  return {
    command: [shell, ...options, ...args] as [string, ...string[]],
    directory: packageRoot(),
    environment: { PATH: '/app/bin:/usr/local/bin:/usr/bin:/bin' },
    port: undefined,
  };
}

/** Files of the repository, by path. */
export function shopFiles({ version, limit, gates, servesPerSecond }: Shop): Readonly<Record<string, string>> {
  const gateFiles = gates.map((gate) => `gate-${gate}.yaml`);
  const kustomization = {
    resources: ['services.yaml', 'rollout.yaml', 'analysis.yaml', ...gateFiles],
    configMapGenerator: [
      {
        name: 'canaryproof-policy',
        files: ['rollout.yaml', 'analysis.yaml', ...gateFiles.filter((file) => file.includes('rollouts'))],
        options: {
          disableNameSuffixHash: true,
          ...(gates.includes('argocd')
            ? {
                annotations: {
                  'argocd.argoproj.io/hook': 'PreSync',
                  'argocd.argoproj.io/sync-wave': '-1',
                  'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
                },
              }
            : {}),
        },
      },
    ],
  };
  return {
    'kustomization.yaml': stringify(kustomization),
    'services.yaml': SERVICES,
    'rollout.yaml': rollout(version, gates.includes('rollouts'), servesPerSecond),
    'analysis.yaml': analysis(limit),
    ...Object.fromEntries(
      gates.map((gate) => [
        `gate-${gate}.yaml`,
        withFigures(GATES[gate], { bothGates: gates.length > 1, sendsPeak: servesPerSecond !== undefined }),
      ]),
    ),
  };
}

/** As the file says: a user writes figures of his own, and what a small machine can give. */
interface Figures {
  readonly bothGates: boolean;
  readonly sendsPeak: boolean;
}

function withFigures(file: string, figures: Figures): string {
  const documents = parseAllDocuments(readFileSync(path.join(packageRoot(), file), 'utf8'));
  return documents
    .map((document) => {
      const manifest = document.toJS() as object;
      const [container] = containersIn(manifest);
      if (container) {
        container.resources = { requests: { cpu: '100m', memory: '128Mi' } };
        for (const variable of container.env) variable.value = figure(variable, figures);
      }
      return stringify(manifest, { aliasDuplicateObjects: false });
    })
    .join('---\n');
}

type Writable = { resources: object; env: { name: string; value: string }[] };

function containersIn(value: unknown): Writable[] {
  if (typeof value !== 'object' || value === null) return [];
  const { containers } = value as { containers?: Writable[] };
  return containers ?? Object.values(value).flatMap(containersIn);
}

function figure(
  { name, value }: { readonly name: string; readonly value: string },
  { bothGates, sendsPeak }: Figures,
): string {
  // a load takes half a minute of the one machine: not where a test asks about something else
  if (name === 'CAPACITY') return sendsPeak ? value : '--help';
  if (name !== 'SIMULATE') return value;
  const treated = bothGates && !value.includes('--treat-as') ? '\n--treat-as\ngate=pass' : '';
  return `${value}${treated}\n--fano\n1\n--rollouts\n400`;
}

const service = (name: string) => `apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec:
  selector: { app: shop }
  ports: [{ name: http, port: 80, targetPort: 8080 }]
---
`;
const SERVICES = `${service('shop-stable')}${service('shop-canary')}apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop }
spec:
  hosts: [shop-stable]
  http:
    - name: primary
      route:
        - destination: { host: shop-stable }
          weight: 100
        - destination: { host: shop-canary }
          weight: 0
`;

const GATE_STEPS = `
        - setCanaryScale: { replicas: 1 }
        - analysis:
            templates: [{ templateName: canaryproof-gate }]
            args:
              - { name: url, value: "http://shop-canary.shop.svc/" }
              - { name: peak, value: "${PEAK}" }
        - setCanaryScale: { matchTrafficWeight: true }`;

/** A worker that takes a request after the other, and has room for ten that wait. */
const worker = (perSecond: number) =>
  `[{ name: CANARYPROOF_BEHAVIOUR, value: '${JSON.stringify({ workers: 1, serviceMs: 1000 / perSecond, queue: 10 })}' }]`;

const rollout = (
  version: string,
  gated: boolean,
  servesPerSecond: number | undefined,
) => `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop }
spec:
  replicas: 1
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      containers:
        - name: shop
          image: example.com/shop:${version}
          env: ${servesPerSecond === undefined ? '[]' : worker(servesPerSecond)}
          ports: [{ containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /, port: 8080 }, periodSeconds: 1 }
  strategy:
    canary:
      canaryService: shop-canary
      stableService: shop-stable
      trafficRouting: { istio: { virtualService: { name: shop, routes: [primary] } } }
      steps:${gated ? GATE_STEPS : ''}
        - setWeight: 10
        - pause: {}
        - setWeight: 50
        - analysis:
            templates: [{ templateName: limits }]
`;

const analysis = (limit: number) => `apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: limits }
spec:
  metrics:
    - name: good-share
      initialDelay: 60s
      interval: 30s
      count: 4
      failureLimit: 1
      successCondition: result[0] >= ${limit}
      provider:
        prometheus:
          address: http://prometheus.monitoring.svc:9090
          query: |
            (sum(rate(istio_requests_total{reporter="destination",destination_service_name="shop-canary",response_code!~"5.."}[1m])) or vector(0))
            /
            sum(rate(istio_requests_total{reporter="destination",destination_service_name="shop-canary"}[1m]))
`;
