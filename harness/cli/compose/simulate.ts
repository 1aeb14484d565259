/** Connects `simulate` with profiles, with the programs that render, and with Ctrl-C. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { SimulationDocument } from '../../../reports/model/simulation-report.ts';
import type { Progress } from '../../ports/progress.ts';
import { packageRoot } from '../../process/package-root.ts';
import { INIT_FOLDER, listProfiles, loadProfile } from '../../profile/load-profile.ts';
import type { Profile } from '../../profile/profile.ts';
import { settingsOf } from '../../simulate-policy/settings.ts';
import { simulatePolicy } from '../../simulate-policy/simulate-policy.ts';
import type { SimulateRequest } from '../traffic-requests.ts';
import type { World } from '../world.ts';
import { renderPrograms } from './lint.ts';
import { readTraffic } from './recorded-traffic.ts';

const PROFILE_FILE = 'profile.yaml';

/** @throws HarnessError (exit 2) those of loading a profile and of simulatePolicy */
export async function simulate(
  world: World,
  request: SimulateRequest,
  progress: Progress,
): Promise<SimulationDocument> {
  const source = await findSource(world, request.source);
  const programs = renderPrograms(world, {}, progress);
  const recording = await readTraffic(world, request, source, { programs, progress });
  const settings = settingsOf(request.ask, source, recording);
  const step = progress.step(`simulate releases of ${request.source}`);
  try {
    const document = await simulatePolicy({ ...request, ...settings, source }, programs, {
      threads: request.threads,
      signal: world.interruption.signal,
      progress: (releases) => step.update(`${releases} releases`),
    });
    step.done();
    return document;
  } catch (error) {
    step.fail('stopped');
    throw error;
  }
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
