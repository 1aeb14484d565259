/** Options that `conform` and `plan` share, so that a plan is always the plan of what would run. */

import path from 'node:path';
import { type Command, Option } from 'commander';
import { ASSURANCE_LEVELS, type Assurance } from '../../documents/assurance.ts';
import type { ConformRequest } from '../cluster-requests.ts';
import { addProviderOptions, type ProviderOptions, providerSettings } from './provider-options.ts';
import { collect, collectPairs, positiveNumber, type VerbContext } from './verb.ts';

/** What commander made of those options; what was not given is absent, and the profile decides. */
export interface PlanOptions extends ProviderOptions {
  readonly assurance?: Assurance;
  readonly claim?: readonly string[];
  readonly component?: Readonly<Record<string, string>>;
  readonly fault?: readonly string[];
  readonly runDir: string;
  readonly name?: string;
  readonly rate?: number;
}

/** Relative to where the command was called. */
export const RUNS_DIRECTORY = 'runs';

/** Adds the profile and the options that decide what would run, those of providers included. */
export function addPlanOptions(command: Command): Command {
  return addProviderOptions(command)
    .argument('<profile>', 'name of a profile, or the path of a profile directory')
    .addOption(
      new Option(
        '--assurance <level>',
        'error rates and margin of every split verdict (default: as the profile says)',
      ).choices(ASSURANCE_LEVELS),
    )
    .option('--claim <id>', 'judge this claim only; repeatable (default: every claim)', collect)
    .option('--component <name=version>', 'another version of a component; repeatable', collectPairs)
    .option(
      '--fault <name>',
      'put a known-bad data plane under the profile, to see it caught; several: the split under each in turn',
      collect,
    )
    .option('--rate <requests/s>', 'offered load on every path (default: as the profile says)', positiveNumber)
    .option('--run-dir <dir>', 'folder in which the directory of this run is made', RUNS_DIRECTORY)
    .option('--name <cluster>', 'name of the cluster (default: after the profile)');
}

/**
 * The request to plan or run, every path absolute; what happens to the cluster afterwards is up to the caller.
 * @throws HarnessError (exit 2) OPTION_USELESS
 */
export function planRequest(
  { world, commandLine }: VerbContext,
  profile: string,
  options: PlanOptions,
): ConformRequest {
  return {
    profile,
    assurance: options.assurance,
    claims: options.claim ?? [],
    provider: options.provider,
    settings: providerSettings(world, options),
    cleanup: 'always',
    componentVersions: options.component ?? {},
    faults: options.fault ?? [],
    runsDirectory: path.resolve(world.cwd, options.runDir),
    clusterName: options.name,
    ratePerSecond: options.rate,
    command: commandLine,
  };
}
