/** Repositories of nobody, in the shapes that the field has. */

/** A Rollout between hosts, with everything that a small cluster cannot have. */
export const SHOP = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop }
spec:
  replicas: 5
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      nodeSelector: { disk: fast }
      containers:
        - name: shop
          image: registry.example.com:5000/team/shop:v1
          command: [/bin/shop]
          env:
            - { name: VERSION, value: own }
            - { name: COLOUR, value: blue }
            - { name: TOKEN, valueFrom: { secretKeyRef: { name: elsewhere, key: token } } }
          ports: [{ name: web, containerPort: 3000 }]
          readinessProbe: { exec: { command: [/bin/check] } }
  strategy:
    canary:
      canaryService: shop-canary
      stableService: shop-stable
      trafficRouting:
        istio:
          virtualService: { name: shop, routes: [primary] }
      analysis:
        templates: [{ templateName: success }]
        args: [{ name: service, value: shop-canary }]
      steps:
        - setWeight: 10
        - pause: {}
        - setWeight: 50
        - pause: { duration: 30m }
        - setWeight: 80
        - pause: { duration: 5 }
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: success }
spec:
  args: [{ name: service }]
  metrics:
    - name: success-rate
      interval: 10s
      failureLimit: 1
      successCondition: len(result) == 0 || result[0] >= 0.95
      provider:
        prometheus:
          address: http://prometheus.istio-system:9090
          query: |
            sum(rate(istio_requests_total{reporter="destination",destination_service_name="{{args.service}}",response_code!~"5.*"}[1m]))
            / sum(rate(istio_requests_total{reporter="destination",destination_service_name="{{args.service}}"}[1m]))
    - name: orders
      interval: 10s
      successCondition: result[0] > 1
      provider: { newRelic: { query: select 1 } }
---
apiVersion: v1
kind: Service
metadata: { name: shop-stable }
spec:
  type: LoadBalancer
  selector: { app: shop }
  ports: [{ name: http, port: 80, targetPort: web, nodePort: 30080 }]
---
apiVersion: v1
kind: Service
metadata: { name: shop-canary }
spec:
  selector: { app: shop }
  ports: [{ name: http, port: 80, targetPort: web }]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: shop-gateway }
spec:
  selector: { istio: edge }
  servers:
    - port: { number: 443, name: https, protocol: HTTPS }
      tls: { mode: SIMPLE, credentialName: shop }
      hosts: [shop.example.com]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop }
spec:
  hosts: [shop.example.com]
  gateways: [shop-gateway]
  http:
    - name: primary
      match: [{ headers: { x-test: { exact: a } } }, { uri: { prefix: /catalog } }]
      route:
        - { destination: { host: shop-stable }, weight: 100 }
        - { destination: { host: shop-canary }, weight: 0 }
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: { name: shop }
spec: {}
`;

/** Two Deployments of one image, told apart by the label of their pods. */
export const VERSIONED_SPLIT = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: front, namespace: web }
spec:
  hosts: ["*"]
  gateways: [istio-system/public]
  http:
    - route:
        - { destination: { host: front, subset: one }, weight: 60 }
        - { destination: { host: front, subset: two }, weight: 40 }
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: front, namespace: web }
spec:
  host: front.web.svc.cluster.local
  subsets:
    - { name: one, labels: { version: v1 } }
    - { name: two, labels: { version: v2 } }
---
apiVersion: v1
kind: Service
metadata: { name: front, namespace: web }
spec:
  selector: { app: front }
  ports: [{ port: 80, targetPort: 3000 }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: front-v1, namespace: web }
spec:
  selector: { matchLabels: { app: front, version: v1 } }
  template:
    metadata: { labels: { app: front, version: v1 } }
    spec:
      containers: [{ name: front, image: "registry.example.com/front:latest", env: [{ name: VERSION, value: V1 }] }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: front-v2, namespace: web }
spec:
  selector: { matchLabels: { app: front, version: v2 } }
  template:
    metadata: { labels: { app: front, version: v2 } }
    spec:
      containers: [{ name: front, image: "registry.example.com/front:latest", env: [{ name: VERSION, value: V1 }] }]
`;
