/** A small chart whose weights are values, and Helm as it renders that: `{{ .Values.name }}` alone. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { ManifestFile } from '../lint/manifest-set.ts';
import { ProgramError, programs, type RunOptions, type RunResult } from '../process/run-program.ts';
import type { RenderPrograms } from './unit-model.ts';

const routes = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews }
spec:
  hosts: [reviews]
  http:
    - route:
        - destination: { host: reviews, subset: v1 }
          weight: {{ .Values.stable }}
        - destination: { host: reviews, subset: v2 }
          weight: {{ .Values.canary }}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: reviews }
spec:
  host: reviews
  subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, labels: { version: v2 } }]
`;

export const chartFiles: readonly ManifestFile[] = [
  {
    path: 'argocd/application.yaml',
    text: `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: shop, namespace: argocd }
spec:
  source: { repoURL: https://git.example.com/shop.git, path: chart }
  destination: { namespace: shop }
`,
  },
  { path: 'chart/Chart.yaml', text: 'apiVersion: v2\nname: shop\nversion: 0.1.0\n' },
  { path: 'chart/templates/routes.yaml', text: routes },
  { path: 'chart/values.yaml', text: 'stable: 100\ncanary: 0\n' },
];

/** The files with another text for one of them. */
export function changed(file: string, change: (text: string) => string): readonly ManifestFile[] {
  return chartFiles.map((one) => (one.path === file ? { ...one, text: change(one.text) } : one));
}

export const helmAlone: RenderPrograms = {
  kustomize: () => Promise.reject(new TypeError('there is no kustomization in this test')),
  helm: async () => 'helm',
};

const { run: really } = programs;

/** For playPrograms; other programs are not played. */
export async function playedHelm(argv: readonly [string, ...string[]], options: RunOptions): Promise<RunResult> {
  if (argv[0] !== 'helm') return really(argv, options);
  const folder = argv[argv.indexOf('template') + 2] ?? '';
  const values = parse(readFileSync(path.join(folder, 'values.yaml'), 'utf8')) as Record<string, unknown>;
  const template = readFileSync(path.join(folder, 'templates/routes.yaml'), 'utf8');
  const stdout = template.replaceAll(/\{\{ \.Values\.(\w+) \}\}/g, (_, name: string) => {
    if (values[name] !== undefined) return String(values[name]);
    throw new ProgramError(argv, {
      ...{ reason: 'exit', exitCode: 1, signal: undefined, cause: undefined },
      ...{ stdout: '', stderr: `Error: no value ${name}` },
    });
  });
  return { stdout: `---\n# Source: shop/templates/routes.yaml\n${stdout}`, stderr: '', exitCode: 0, durationMs: 1 };
}
