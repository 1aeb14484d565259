/** Makes one script for k6 out of a scenario of this package and the values of a run. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type BuildFailure, build } from 'esbuild';
import { usageError } from '../../errors/harness-error.ts';
import type { LoadRequest } from '../../ports/load.ts';
import { packageRoot } from '../../process/package-root.ts';
import { scenarioValues } from './scenario-values.ts';

export interface ScenarioBundle {
  readonly script: string;
  /** Of the script, values included; the same sources and values give the same digest on every machine. */
  readonly sha256: string;
}

export interface BundleOptions {
  /** Path of the scenario's entry file. */
  readonly scenarioFile: string;
  readonly request: LoadRequest;
}

/** A scenario that ships with this package (`scenarios/` of the checkout or of the installed package). */
export function packagedScenario(name: string, root: string = packageRoot()): string {
  const file = path.join(root, 'scenarios', `${name}.ts`);
  if (!existsSync(file))
    throw usageError('SCENARIO_UNKNOWN', `there is no scenario '${name}'`, {
      where: file,
      hint: 'Reinstall canaryproof if it should be there.',
    });
  return file;
}

/**
 * Bundles the scenario as one ES module whose imports of `k6` and `k6/*` are left to k6.
 * @throws HarnessError SCENARIO_BUNDLE when the scenario does not compile.
 */
export async function bundleScenario({ scenarioFile, request }: BundleOptions): Promise<ScenarioBundle> {
  try {
    const { outputFiles } = await build({
      entryPoints: [scenarioFile],
      absWorkingDir: path.dirname(scenarioFile),
      // Only names the source map's root: nothing is written.
      outdir: path.dirname(scenarioFile),
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'neutral',
      target: 'es2020',
      external: ['k6', 'k6/*'],
      define: { CANARYPROOF_SCENARIO: JSON.stringify(scenarioValues(request)) },
      sourcemap: 'inline',
      // The scenarios' own tsconfig extends a file that the published package does not have.
      tsconfigRaw: {},
      logLevel: 'silent',
    });
    const script = outputFiles[0]!.text;
    return { script, sha256: createHash('sha256').update(script).digest('hex') };
  } catch (error) {
    throw bundleError(error as BuildFailure, scenarioFile);
  }
}

function bundleError(failure: BuildFailure, scenarioFile: string): Error {
  const first = failure.errors?.[0];
  const { location } = first ?? {};
  return usageError('SCENARIO_BUNDLE', `the scenario does not compile: ${first?.text ?? failure.message}`, {
    where: location ? `${location.file}:${location.line}:${location.column}` : scenarioFile,
    cause: failure,
  });
}
