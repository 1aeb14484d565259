/** What every source file of ours imports, types included, read off its syntax. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from 'oxc-parser';
import { packageRoot } from '../process/package-root.ts';
import { isTestFile } from './test-helpers.ts';

const TOP = ['harness', 'clusters', 'k8s', 'reports'];

export interface SourceFile {
  /** Below the package, with forward slashes. */
  readonly file: string;
  /** Files of ours, likewise. */
  readonly imports: readonly string[];
}

/** Every source file but tests and their helpers. */
export function sourceFiles(): readonly SourceFile[] {
  const root = packageRoot();
  return TOP.flatMap((top) =>
    readdirSync(path.join(root, top), { recursive: true, encoding: 'utf8' })
      .map((name) => `${top}/${name.split(path.sep).join('/')}`)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
      .filter((name) => !/node_modules|\/profiles\//.test(name) && !isTestFile(name))
      .sort()
      .map((file) => ({ file, imports: importsIn(file, readFileSync(path.join(root, file), 'utf8')) })),
  );
}

/** Relative imports of a text, resolved: `import`, `import type`, `export … from` and `import()`. */
export function importsIn(file: string, text: string): readonly string[] {
  const { module, errors } = parseSync(file, text);
  if (errors.length > 0) throw new SyntaxError(`${file}: ${errors[0]?.message}`);
  const dynamic = module.dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start + 1, end - 1));
  const exported = module.staticExports.flatMap(({ entries }) =>
    entries.map(({ moduleRequest }) => moduleRequest?.value),
  );
  const types = [...text.matchAll(/\bimport\('(\.[^']+)'\)/g)].map(([, request]) => request);
  const requests = [...module.staticImports.map(({ moduleRequest }) => moduleRequest.value), ...exported, ...dynamic];
  return [...new Set([...requests, ...types].filter((request) => request?.startsWith('.')))].map((request) =>
    path.posix.join(path.posix.dirname(file), request as string),
  );
}
