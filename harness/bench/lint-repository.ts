/**
 * `lint` on repositories of many manifests, without Helm and Kustomize: seconds and resident memory of the whole program.
 * Limits of issue 13: 1,000 manifests in 3 s and 300 MB. Usage: node harness/bench/lint-repository.ts [manifests…]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packageRoot } from '../process/package-root.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';

const OTHER_FILES = 100_000;
/** Tells, when the process ends, the most memory that it had in kB and its CPU time in microseconds. */
const RESIDENT = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => { const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage(); process.stderr.write('resident ' + maxRSS + ' cpu ' + (userCPUTime + systemCPUTime) + '\\n'); });",
)}`;

const route = (name: string) => `apiVersion: networking.istio.io/v1
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
        - destination: { host: ${name}, subset: canary }
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
          ports: [{ containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /healthz, port: 8080 } }
          resources: { requests: { cpu: 100m, memory: 128Mi } }
`;

const service = (name: string) =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec:\n  selector: { app: ${name} }\n  ports: [{ port: 80, targetPort: 8080 }]\n`;

/** Folders of ten Services each: three files for each, with a workload, a Service, and a route with its subsets. */
function repository(manifests: number, others: number): string {
  const root = mkdtempSync(path.join(tmpdir(), 'canaryproof-bench-lint-'));
  for (let index = 0; index < manifests / 3; index += 1) {
    const folder = path.join(root, 'teams', String(Math.floor(index / 10)));
    mkdirSync(folder, { recursive: true });
    const name = `service-${index}`;
    writeFileSync(path.join(folder, `${name}-workload.yaml`), workload(name));
    writeFileSync(path.join(folder, `${name}-service.yaml`), service(name));
    writeFileSync(path.join(folder, `${name}-route.yaml`), route(name));
  }
  for (let index = 0; index < others; index += 1) {
    const folder = path.join(root, 'source', String(Math.floor(index / 1000)));
    if (index % 1000 === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `${index}.txt`), '');
  }
  execFileSync('git', ['-C', root, 'init', '--quiet']);
  return root;
}

async function measure(title: string, manifests: number, others: number): Promise<void> {
  const root = repository(manifests, others);
  try {
    const started = performance.now();
    const argv = [
      '--import',
      RESIDENT,
      path.join(packageRoot(), 'harness', 'cli', 'main.ts'),
      'lint',
      '-q',
      '-o',
      'json',
      root,
    ];
    const { stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
    const seconds = (performance.now() - started) / 1000;
    const [, resident, cpu] = /resident (\d+) cpu (\d+)/.exec(stderr) ?? [];
    const [residentMb, cpuSeconds] = [Number(resident) / 1000, Number(cpu) / 1_000_000];
    const objects = (JSON.parse(stdout) as { units: { objects: number }[] }).units.reduce(
      (sum, one) => sum + one.objects,
      0,
    );
    console.log(
      `${title}: ${objects} objects judged in ${seconds.toFixed(2)} s (${cpuSeconds.toFixed(2)} s of CPU), at most ${residentMb.toFixed(0)} MB resident`,
    );
  } finally {
    await removeOwnTree(root);
  }
}

for (const manifests of process.argv
  .slice(2)
  .map(Number)
  .concat(process.argv.length > 2 ? [] : [1000]))
  await measure(`${manifests} manifests`, manifests, 0);
await measure(`${OTHER_FILES} other files beside 30 manifests`, 30, OTHER_FILES);
