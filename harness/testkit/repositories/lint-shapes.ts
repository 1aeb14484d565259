/**
 * Made repositories for measuring `lint`: each shape as a list of files with about as many manifests as asked for. Shapes are
 * where a rule could compare everything with everything: one folder, a folder each, few files of many documents, Applications,
 * definitions of kinds, and Rollouts, routes and Services that name each other across folders.
 */
export interface MadeFile {
  readonly path: string;
  readonly text: string;
}

export type Shape = (manifests: number) => readonly MadeFile[];

const route = (name: string, subset = 'canary') => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: ${name}
spec:
  hosts:
    - ${name}
  http:
    - name: primary
      route:
        - destination: { host: ${name}, subset: stable }
          weight: 90
        - destination: { host: ${name}, subset: ${subset} }
          weight: 10
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: ${name} }
spec:
  host: ${name}
  subsets:
    - { name: stable, labels: { version: v1 } }
    - { name: canary, labels: { version: v1 } }
`;

const workload = (name: string) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels: { app: ${name} }
spec:
  replicas: 3
  selector:
    matchLabels: { app: ${name} }
  template:
    metadata:
      labels: { app: ${name}, version: v1 }
    spec:
      containers:
        - name: ${name}
          image: registry.example.com/${name}:v1
          ports: [{ name: http, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /healthz, port: 8080 } }
          resources: { requests: { cpu: 100m, memory: 128Mi } }
`;

const service = (name: string, selected = name) =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec:\n  selector: { app: ${selected} }\n  ports: [{ name: http, port: 80, targetPort: http }]\n`;

const rollout = (name: string) => `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: ${name} }
spec:
  replicas: 4
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers: [{ name: ${name}, image: 'registry.example.com/${name}:v1', ports: [{ name: http, containerPort: 8080 }] }]
  strategy:
    canary:
      stableService: ${name}-stable
      canaryService: ${name}-canary
      analysis: { startingStep: 1, templates: [{ templateName: ${name} }], args: [{ name: service, value: ${name}-canary }] }
      trafficRouting: { istio: { virtualService: { name: ${name}, routes: [primary] } } }
      steps: [{ setWeight: 20 }, { pause: { duration: 10m } }, { setWeight: 50 }, { pause: { duration: 10m } }]
`;

const canaryRoute = (name: string) => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name} }
spec:
  hosts: [${name}.example.com]
  gateways: [edge-${Number(/\d+$/.exec(name)) % 50}]
  http:
    - name: primary
      route:
        - { destination: { host: ${name}-stable }, weight: 100 }
        - { destination: { host: ${name}-canary }, weight: 0 }
`;

const gateway = (name: string) => `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: ${name} }
spec:
  selector: { team: ${name} }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ['*.example.com'] }]
`;

const template = (name: string) => `apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: ${name} }
spec:
  args: [{ name: service }]
  metrics:
    - name: success-rate
      interval: 1m
      count: 5
      failureLimit: 2
      successCondition: result[0] >= 0.95
      provider:
        prometheus:
          address: http://prometheus:9090
          query: sum(rate(istio_requests_total{destination_service_name="{{args.service}}",response_code!~"5.*"}[1m])) / sum(rate(istio_requests_total{destination_service_name="{{args.service}}"}[1m]))
`;

const autoscaler = (name: string) => `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: ${name} }
spec:
  scaleTargetRef: { apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: ${name} }
  minReplicas: 4
  maxReplicas: 20
`;

const application = (name: string, namespace: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: ${name}, namespace: argocd }
spec:
  project: default
  destination: { server: https://kubernetes.default.svc, namespace: ${namespace} }
  source: { repoURL: https://git.example.com/platform.git, targetRevision: HEAD, path: apps/${name} }
  syncPolicy: { automated: { selfHeal: true } }
`;

/** A kind of some 2,500 lines, as operators bring them. */
function definition(name: string): string {
  const field = (index: number) => `                field${index}:
                  description: What the operator does with field ${index} of ${name}, in a sentence as generators write it.
                  type: object
                  properties:
                    name: { type: string, maxLength: 253 }
                    items:
                      type: array
                      items: { type: string }`;
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: ${name}s.example.com }
spec:
  group: example.com
  names: { kind: ${name}, plural: ${name}s }
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
${Array.from({ length: 300 }, (_, index) => field(index)).join('\n')}
`;
}

const folder = (index: number, size: number): string => `teams/${Math.floor(index / size)}`;

/** A workload, its Service, and its route with subsets: four manifests in three files. */
function quartet(path: string, name: string): readonly MadeFile[] {
  return [
    { path: `${path}/${name}-workload.yaml`, text: workload(name) },
    { path: `${path}/${name}-service.yaml`, text: service(name) },
    { path: `${path}/${name}-route.yaml`, text: route(name) },
  ];
}

/** A Rollout with all that it names: seven manifests. */
function canary(name: string): readonly string[] {
  return [
    rollout(name),
    service(`${name}-stable`, name),
    service(`${name}-canary`, name),
    canaryRoute(name),
    template(name),
    autoscaler(name),
    service(`${name}-web`, `${name}-gone`),
  ];
}

function each(count: number, make: (index: number) => readonly MadeFile[]): readonly MadeFile[] {
  return Array.from({ length: Math.max(1, Math.round(count)) }, (_, index) => make(index)).flat();
}

const gateways = (count: number): readonly MadeFile[] =>
  each(count, (index) => [{ path: `edge/gateway-${index}.yaml`, text: gateway(`edge-${index}`) }]);

export const SHAPES: Readonly<Record<string, Shape>> = {
  teams: (manifests) => each(manifests / 4, (index) => quartet(folder(index, 10), `service-${index}`)),
  'one folder': (manifests) => each(manifests / 4, (index) => quartet('k8s', `service-${index}`)),
  'a folder each': (manifests) =>
    each(manifests / 4, (index) =>
      quartet('all', `service-${index}`).map((file, part) => ({ ...file, path: `apps/${index}-${part}/all.yaml` })),
    ),
  'few files': (manifests) =>
    each(4, (file) => [
      {
        path: `all/${file}.yaml`,
        text: each(manifests / 16, (index) => quartet('', `service-${file}-${index}`))
          .map(({ text }) => text)
          .join('---\n'),
      },
    ]),
  applications: (manifests) =>
    each(manifests / 5, (index) => [
      { path: `argocd/app-${index}.yaml`, text: application(`app-${index}`, `team-${index % 20}`) },
      ...quartet(`apps/app-${index}`, `service-${index}`),
    ]),
  definitions: (manifests) =>
    each(manifests / 10, (index) => [{ path: `crds/kind-${index}.yaml`, text: definition(`kind${index}`) }]),
  'canaries in one folder': (manifests) => [
    ...gateways(50),
    ...each(manifests / 7, (index) =>
      canary(`shop-${index}`).map((text, part) => ({ path: `k8s/shop-${index}-${part}.yaml`, text })),
    ),
  ],
  'canaries across folders': (manifests) => [
    ...gateways(50),
    ...each(manifests / 7, (index) =>
      canary(`shop-${index}`).map((text, part) => ({ path: `part-${part}/shop-${index}/all.yaml`, text })),
    ),
  ],
  'faults in one folder': (manifests) =>
    each(manifests / 4, (index) => [
      { path: `k8s/service-${index}-workload.yaml`, text: workload(`service-${index}`) },
      { path: `k8s/service-${index}-service.yaml`, text: service(`service-${index}`, `other-${index}`) },
      { path: `k8s/service-${index}-route.yaml`, text: route(`service-${index}`, 'gone') },
    ]),
  'twins in folders': (manifests) => each(manifests / 4, (index) => quartet(`stages/${index}`, `service-${index % 5}`)),
  'variants in one folder': (manifests) =>
    each(manifests / 4, (index) =>
      quartet('k8s', `service-${index % Math.floor(manifests / 40)}`).map(({ path, text }) => ({
        path: path.replace('.yaml', `-${index}.yaml`),
        text: text.replace('replicas: 3', `replicas: ${index}`),
      })),
    ),
};
