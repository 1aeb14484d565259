/**
 * Runs what a container of a manifest in docs/ci runs, with its own variables, as the kubelet starts it; paths and
 * addresses of the test in place of those of a cluster.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { packageRoot } from '../../process/package-root.ts';

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: unknown;
}
export interface Container {
  readonly env: readonly Variable[];
  readonly command: readonly string[];
  readonly args: readonly string[];
}
interface PodSpec {
  readonly containers: readonly [Container];
}

/** Every document of a file. */
export function manifestsOf(file: string): readonly Record<string, never>[] {
  const text = readFileSync(path.join(packageRoot(), file), 'utf8');
  // as Kubernetes reads them: anchors and all
  return parseAllDocuments(text).map((document) => document.toJS() as Record<string, never>);
}

/** The one container of the file, wherever its pod is. */
export function containerOf(file: string): Container {
  const found = manifestsOf(file).flatMap((document) => podsIn(document));
  const [pod, ...others] = found;
  if (pod === undefined || others.length > 0) throw new Error(`${file} has ${found.length} pods`);
  return pod.containers[0];
}

function podsIn(value: unknown): PodSpec[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('containers' in value) return [value as PodSpec];
  return Object.values(value).flatMap(podsIn);
}

/**
 * @param given in place of the manifest's variables of the same names
 * @param args what Argo puts in for `{{args.NAME}}`
 */
export async function runContainer(
  { env, command, args: words }: Container,
  given: Readonly<Record<string, string>>,
  args: Readonly<Record<string, string>> = {},
): Promise<{ readonly exitCode: number; readonly output: string }> {
  const own = Object.fromEntries(
    env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, filled(value, args)] as const])),
  );
  const [program = '', ...rest] = [...command, ...words.map((word) => filled(word, args))];
  const child = spawn(program, rest, { env: { ...own, ...given }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const exitCode = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 255)));
  return { exitCode, output };
}

function filled(text: string, args: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{\s*args\.([\w-]+)\s*\}\}/g, (_whole, name: string) => {
    const value = args[name];
    if (value === undefined) throw new Error(`no argument ${name}`);
    return value;
  });
}
