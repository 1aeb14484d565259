/**
 * Who may import whom: room -> rooms it may import values from. Type-only imports are free (they vanish before the
 * program runs), test files are free. ARCHITECTURE.md shows the same table for people.
 */
export const ROOM_RULES: Readonly<Record<string, readonly string[]>> = {
  'harness/errors': [],
  'harness/process': ['harness/errors'],
  'harness/stats': [],
  'harness/profile': ['harness/errors'],
  'harness/lint': ['harness/errors', 'harness/profile', 'harness/oracle'],
  // Applications, charts, kustomizations and folders as the objects they render
  'harness/units': ['harness/errors', 'harness/process', 'harness/profile', 'harness/lint'],
  'harness/premerge': [
    'harness/errors',
    'harness/process',
    'harness/profile',
    'harness/lint',
    'harness/oracle',
    'harness/units',
    'reports/model',
  ],
  'harness/verdict': ['harness/errors', 'harness/stats'],
  'harness/ledger': ['harness/errors', 'harness/stats'],
  'harness/oracle': ['harness/errors'],
  'harness/evidence': ['harness/errors', 'harness/process'],
  'harness/pipeline': [
    'harness/errors',
    'harness/process',
    'harness/profile',
    'harness/lint',
    'harness/stats',
    'harness/verdict',
    'harness/evidence',
    'harness/ledger',
    'harness/oracle',
    'k8s/client',
    'k8s/workload',
    'reports/model',
  ],
  'harness/load': ['harness/errors', 'harness/process', 'k8s/client'],
  'clusters/toolchain': ['harness/errors', 'harness/process'],
  'clusters/addons': ['harness/errors', 'harness/process', 'k8s/client'],
  'clusters/images': ['harness/errors', 'harness/process', 'clusters/toolchain'],
  // what several providers share: Git over HTTP, entering a pod's network, locks, ownership marks
  'clusters/access': ['harness/errors', 'harness/process', 'k8s/client'],
  'clusters/kind': ['harness/errors', 'harness/process', 'k8s/client', 'clusters/access'],
  'clusters/minikube': ['harness/errors', 'harness/process', 'k8s/client', 'clusters/access'],
  'clusters/existing': ['harness/errors', 'harness/process', 'k8s/client', 'clusters/access'],
  'clusters/local': ['harness/errors', 'harness/process', 'k8s/client', 'clusters/access'],
  'k8s/client': ['harness/errors'],
  'k8s/workload': ['harness/errors', 'harness/process'],
  'reports/model': ['harness/errors'],
  'reports/html': ['reports/model'],
  'reports/png': ['reports/model', 'harness/errors'],
  'reports/text': ['reports/model'],
  'reports/junit': ['reports/model'],
  'reports/metrics': ['reports/model', 'harness/errors'],
  'reports/sarif': ['reports/model'],
  // the writers' front door
  reports: [
    'harness/errors',
    'reports/model',
    'reports/html',
    'reports/png',
    'reports/text',
    'reports/junit',
    'reports/metrics',
  ],
};

/** The composition root, the benchmarks and the test kit may import everything; nobody imports them. */
export const FREE_ROOMS: readonly string[] = ['harness/cli', 'harness/bench', 'harness/prove', 'harness/testkit'];

/** `clusters/local/provider.ts` -> `clusters/local`; a file directly in `reports/` is the room `reports`. */
export function roomOf(file: string): string {
  return file.split('/').slice(0, -1).slice(0, 2).join('/');
}
