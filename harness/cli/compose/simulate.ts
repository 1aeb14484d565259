/** Connects `simulate` with profiles, with the programs that render, and with Ctrl-C. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ComparedPolicy } from '../../../reports/model/simulation/side-by-side.ts';
import type { SimulationDocument } from '../../../reports/model/simulation-report.ts';
import { usageError } from '../../errors/harness-error.ts';
import type { Progress } from '../../ports/progress.ts';
import { packageRoot } from '../../process/package-root.ts';
import { keepYoungObjectsFew } from '../../process/young-objects.ts';
import { INIT_FOLDER, listProfiles, loadProfile } from '../../profile/load-profile.ts';
import type { Profile } from '../../profile/profile.ts';
import type { Part, ReadPart } from '../../simulate-policy/parts/count-part.ts';
import { parsePart, partText } from '../../simulate-policy/parts/part-file.ts';
import type { ThreadOptions } from '../../simulate-policy/run-on-threads.ts';
import { settingsOf } from '../../simulate-policy/settings.ts';
import { simulateSideBySide } from '../../simulate-policy/side-by-side.ts';
import { type SimulatePolicyRequest, simulatePart, simulatePolicy } from '../../simulate-policy/simulate-policy.ts';
import type { RenderPrograms } from '../../units/unit-model.ts';
import type { SideBySideAsk, SimulateRequest } from '../traffic-requests.ts';
import { version } from '../version.ts';
import type { World } from '../world.ts';
import { renderPrograms } from './render/render-programs.ts';
import { withLatencies } from './simulation/measured-latency.ts';
import { readTraffic } from './simulation/recorded-traffic.ts';

const PROFILE_FILE = 'profile.yaml';

/** @throws HarnessError (exit 2) those of loading a profile, of parsePart and of simulatePolicy */
export async function simulate(
  world: World,
  request: SimulateRequest,
  progress: Progress,
): Promise<SimulationDocument> {
  const parts = request.merge && (await readParts(world, request.merge));
  const elsewhere = parts && { parts, program: version };
  return asStep(world, request, progress, (asked, programs, options) =>
    simulatePolicy(asked, programs, options, elsewhere),
  );
}

/** @throws HarnessError (exit 2) those of loading a profile and of simulatePart */
export function simulateOnePart(
  world: World,
  request: SimulateRequest,
  part: Part,
  progress: Progress,
): Promise<string> {
  return asStep(world, request, progress, async (asked, programs, options) =>
    partText(await simulatePart(asked, programs, options, { part, program: version })),
  );
}

/** @throws HarnessError (exit 2) those of loading a profile and of simulateSideBySide */
export async function simulateAll(
  world: World,
  request: SideBySideAsk,
  progress: Progress,
): Promise<readonly ComparedPolicy[]> {
  keepYoungObjectsFew();
  const sources: (Profile | string)[] = [];
  for (const source of request.sources) sources.push(await findSource(world, source));
  const programs = renderPrograms(world, {}, progress);
  // policies are compared on the same traffic, so what one profile knows of its own says nothing here
  const recording = await readTraffic(world, request, sources[0]!, { programs, progress });
  const {
    rollout: _,
    unit: __,
    ...settings
  } = settingsOf(await withLatencies(world, request), request.sources.join(', '), recording);
  return stepped(world, progress, { name: request.sources.join(', '), threads: request.threads }, (options) =>
    simulateSideBySide({ ...request, ...settings, sources }, programs, options),
  );
}

async function asStep<Result>(
  world: World,
  request: SimulateRequest,
  progress: Progress,
  work: (asked: SimulatePolicyRequest, programs: RenderPrograms, options: ThreadOptions) => Promise<Result>,
): Promise<Result> {
  keepYoungObjectsFew();
  const source = await findSource(world, request.source);
  const programs = renderPrograms(world, {}, progress);
  const recording = await readTraffic(world, request, source, { programs, progress });
  const settings = settingsOf(await withLatencies(world, request), source, recording);
  return stepped(world, progress, { name: request.source, threads: request.threads }, (options) =>
    work({ ...request, ...settings, source }, programs, options),
  );
}

async function stepped<Result>(
  world: World,
  progress: Progress,
  { name, threads }: { readonly name: string; readonly threads: number | undefined },
  work: (options: ThreadOptions) => Promise<Result>,
): Promise<Result> {
  const step = progress.step(`simulate releases of ${name}`);
  try {
    const result = await work({
      threads,
      signal: world.interruption.signal,
      progress: (releases) => step.update(`${releases} releases`),
    });
    step.done();
    return result;
  } catch (error) {
    step.fail('stopped');
    throw error;
  }
}

async function readParts(world: World, files: readonly string[]): Promise<readonly ReadPart[]> {
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(path.resolve(world.cwd, file), 'utf8').catch((cause: unknown) => {
        throw usageError('SIMULATION_PART_FILE', 'the counts of a part cannot be read', {
          where: file,
          hint: 'Give the file to which simulate --part INDEX/COUNT was written.',
          cause,
        });
      });
      return parsePart(text, file);
    }),
  );
}

/** A folder without a profile.yaml, and without one that `init` put beside, is taken as it is. */
async function findSource(world: World, source: string): Promise<Profile | string> {
  const given = path.resolve(world.cwd, source);
  const found = await stat(given).catch(() => undefined);
  const isPlain = found?.isDirectory() ? !(await hasProfile(given)) : found?.isFile() === true;
  const ports = { packageRoot: packageRoot(), workingDirectory: world.cwd };
  const isProfileFile = path.basename(given) === PROFILE_FILE;
  if (isPlain && !isProfileFile && !(await listProfiles(ports)).includes(source)) return given;
  return loadProfile(source, ports);
}

async function hasProfile(folder: string): Promise<boolean> {
  if ((await readdir(folder)).includes(PROFILE_FILE)) return true;
  return stat(path.join(folder, INIT_FOLDER, PROFILE_FILE)).then(
    () => true,
    () => false,
  );
}
