/** Reads a profile's or any folder's Rollout and its templates, and runs the simulation on them; no cluster. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { usageError } from '../../errors/harness-error.ts';
import { bucketBoundsMs } from '../../lint/analysis/queries/latency-bounds.ts';
import { asRecord, type ManifestFile, type ManifestSet, parseManifestSet } from '../../lint/manifest-set.ts';
import type { Progress } from '../../ports/progress.ts';
import { packageRoot } from '../../process/package-root.ts';
import { listProfiles, loadProfile } from '../../profile/load-profile.ts';
import { readPolicy } from '../../simulation/policy.ts';
import { DEFAULT_CONTROLLER, type Scenario } from '../../simulation/scenario.ts';
import { type SimulationResult, simulate as simulateReleases } from '../../simulation/simulate.ts';
import type { SimulateRequest } from '../services.ts';
import type { World } from '../world.ts';

/**
 * @throws HarnessError (exit 2) SIMULATION_NO_ROLLOUT, SIMULATION_ROLLOUT_AMBIGUOUS, those of loading a profile, of
 *   readPolicy and of simulate
 */
export async function simulate(world: World, request: SimulateRequest, progress: Progress): Promise<SimulationResult> {
  const { folder, namespace } = await findFolder(world, request.source);
  const set = parseManifestSet(await readManifests(folder), namespace);
  const rollout = rolloutOf(set, folder, request.rollout);
  const templates = set.objects.filter(({ kind }) => kind === 'AnalysisTemplate' || kind === 'ClusterAnalysisTemplate');
  const policy = readPolicy(
    rollout.value,
    templates.map(({ value }) => value),
    rollout.namespace,
  );
  const step = progress.step(`simulate ${request.releases} releases of ${policy.name}`);
  const releases = simulateReleases({ ...request, policy, scenario: scenarioOf(request, bucketBoundsMs(set)) });
  try {
    for (;;) {
      const next = releases.next();
      if (next.done) {
        step.done();
        return next.value;
      }
      step.update(`${next.value} of ${request.releases}`);
      await setImmediate();
      world.interruption.signal.throwIfAborted();
    }
  } catch (error) {
    step.fail('stopped');
    throw error;
  }
}

function scenarioOf(request: SimulateRequest, boundsMs: readonly number[]): Scenario {
  const { ratePerSecond, arrivals, fano, stable, scrapeIntervalMs, approvalMs } = request;
  return {
    ...DEFAULT_CONTROLLER,
    approvalMs,
    ratePerSecond,
    arrivals,
    fano,
    stable,
    canary: stable,
    scrapeIntervalMs,
    bucketBoundsMs: boundsMs,
  };
}

/** A folder without a profile.yaml is taken as it is. */
async function findFolder(world: World, source: string): Promise<{ folder: string; namespace: string }> {
  const given = path.resolve(world.cwd, source);
  const isFolder = await stat(given).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const isPlain = isFolder && !(await readdir(given)).includes('profile.yaml');
  const ports = { packageRoot: packageRoot(), workingDirectory: world.cwd };
  if (isPlain && !(await listProfiles(ports)).includes(source)) return { folder: given, namespace: 'default' };
  const profile = await loadProfile(source, ports);
  if (profile.source.directory === undefined)
    throw usageError('SIMULATION_NO_ROLLOUT', `profile ${profile.name} brings no manifests of its own`, {
      where: profile.file,
      hint: 'Simulate a profile with a Rollout, or a folder that holds one.',
    });
  return { folder: profile.source.directory, namespace: profile.namespaces[0].name };
}

async function readManifests(root: string): Promise<readonly ManifestFile[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !path.relative(root, file).split(path.sep).includes('node_modules'))
    .sort();
  return Promise.all(
    files.map(async (file) => ({
      path: path.relative(root, file).split(path.sep).join('/'),
      text: await readFile(file, 'utf8'),
    })),
  );
}

function rolloutOf(set: ManifestSet, folder: string, wanted: string | undefined) {
  // a patch of an overlay has no strategy of its own
  const all = set.objects.filter(({ kind, value }) => kind === 'Rollout' && asRecord(asRecord(value.spec)?.strategy));
  const found = wanted === undefined ? all : all.filter(({ name }) => name === wanted);
  const [first, second] = found;
  const named = all.map(({ name, path: file }) => `${name} (${file})`).join(', ');
  if (!first)
    throw usageError('SIMULATION_NO_ROLLOUT', `there is no Rollout${wanted === undefined ? '' : ` ${wanted}`} here`, {
      where: folder,
      hint:
        named === ''
          ? `Files that are no plain YAML are not read (${set.syntaxFindings.length} here); render charts first.`
          : `Known: ${named}.`,
    });
  if (second)
    throw usageError('SIMULATION_ROLLOUT_AMBIGUOUS', `there are ${found.length} Rollouts here: ${named}`, {
      where: folder,
      hint: 'Name one with --rollout, or give a folder that holds it once.',
    });
  return first;
}
