/**
 * `npm run prove-policy -- [--runs N] [--folder DIR] [--side-by-side N] [--rate N] [--predict-only]`: a simulation against real
 * releases on the local cluster. The prediction is written to the folder before the first run; the same command goes on where
 * an earlier one was interrupted. Exit 0 not refuted, 1 refuted at 1e-3 or a measurement that the oracle sees otherwise, 4 runs
 * are missing.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { ConformRequest } from '../../cli/cluster-requests.ts';
import { conform } from '../../cli/compose/conform.ts';
import { renderPrograms } from '../../cli/compose/render/render-programs.ts';
import { HarnessError, usageError } from '../../errors/harness-error.ts';
import type { Progress } from '../../ports/progress.ts';
import { packageRoot } from '../../process/package-root.ts';
import { loadProfile } from '../../profile/load-profile.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { findRollout } from '../../simulate-policy/find-rollout.ts';
import { sourceOf } from '../../simulate-policy/simulate-policy.ts';
import { createSilentProgress } from '../../testkit/fakes/silent-progress.ts';
import { type Journal, missingRuns, openJournal } from './journal.ts';
import { predict } from './predicted.ts';
import { processWorld } from './process-world.ts';
import { makeRuns } from './real-runs.ts';
import { decisive, trialPolicy, trialScenario } from './trial-policy.ts';
import { proofOf } from './verdict.ts';

const PROFILE = 'gridos';
const CLAIM = 'gridos/sidecars';
const WANTED = [0.1, 0.5, 0.9];
const RELEASES = 20_000;
const SEED = 20_261_129;
/** Of the metric: measurements come so far apart. */
const INTERVAL_MS = 10_000;

function options() {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '60' },
      folder: { type: 'string', default: 'runs/prove-policy' },
      'side-by-side': { type: 'string', default: '6' },
      rate: { type: 'string', default: '60' },
      'predict-only': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [runs, sideBySide, rate] = [values.runs, values['side-by-side'], values.rate].map(Number);
  if (!Number.isSafeInteger(runs) || runs! < WANTED.length || runs! % WANTED.length !== 0)
    throw usageError('PROVE_USAGE', `--runs must be a multiple of ${WANTED.length}, the number of levels`);
  if (!Number.isSafeInteger(sideBySide) || sideBySide! < 1 || !(rate! > 0))
    throw usageError('PROVE_USAGE', '--side-by-side and --rate are positive numbers');
  const { folder, help, 'predict-only': predictOnly } = values;
  return {
    runsPerLevel: runs! / WANTED.length,
    folder: path.resolve(folder),
    sideBySide: sideBySide!,
    rate: rate!,
    predictOnly,
    help,
  };
}

async function main(): Promise<number> {
  const { runsPerLevel, folder, sideBySide, rate, predictOnly, help } = options();
  if (help) {
    console.log('usage: npm run prove-policy [-- --runs N --folder DIR --side-by-side N --rate N --predict-only]');
    return 0;
  }
  const world = processWorld();
  const told = (line: string) => console.error(`${new Date().toISOString()} ${line}`);
  const profile = await loadProfile(PROFILE, { packageRoot: packageRoot(), workingDirectory: world.cwd });
  const found = await findRollout(
    { source: profile, rollout: undefined, unit: profile.simulation?.unit },
    renderPrograms(world, {}, createSilentProgress()),
  );
  const source = sourceOf(found, undefined);
  const policy = trialPolicy(source);
  const scenario = trialScenario(rate);
  const decides = decisive(policy, source.rollout, source.namespace);
  const of = createHash('sha256')
    .update(JSON.stringify([decides, scenario, runsPerLevel, WANTED]))
    .digest('hex');
  const journal = await openJournal(folder, of, () => {
    told('predicts');
    const asked = { wanted: WANTED, releases: RELEASES, seed: SEED, intervalMs: INTERVAL_MS };
    return {
      format: 'canaryproof.dev/policy-prediction/v1alpha1',
      writtenAt: new Date().toISOString(),
      ...{ of, intervalMs: INTERVAL_MS, seed: SEED, runsPerLevel },
      levels: [...predict(policy, scenario, asked)],
    };
  });
  if (!predictOnly && missingRuns(journal).length > 0)
    await runOnCluster(world, {
      journal,
      policy: decides,
      ratePerSecond: rate,
      sideBySide,
      told,
      rollout: { name: found.rollout.name, namespace: source.namespace },
    });
  const again = await openJournal(folder, of, () => journal.prediction);
  const { text, outcome } = proofOf(again);
  console.log(text);
  return { passed: 0, failed: 1, inconclusive: 4 }[outcome];
}

/** `conform` of one small claim, whose judge makes the runs instead: cluster, delivery, evidence and clean-up are its own. */
async function runOnCluster(
  world: ReturnType<typeof processWorld>,
  ask: Parameters<typeof makeRuns>[1] & { readonly journal: Journal },
): Promise<void> {
  const progress: Progress = {
    note: ask.told,
    step(name) {
      return {
        update: () => undefined,
        done: () => ask.told(`${name}: done`),
        fail: (why) => ask.told(`${name}: ${why}`),
      };
    },
  };
  const request: ConformRequest = {
    profile: PROFILE,
    assurance: undefined,
    provider: 'local',
    cleanup: 'always',
    claims: [CLAIM],
    faults: [],
    componentVersions: {},
    runsDirectory: path.resolve('runs'),
    clusterName: 'prove-policy',
    ratePerSecond: undefined,
    command: ['npm', 'run', 'prove-policy'],
  };
  await conform(world, request, progress, async (scene): Promise<readonly ClaimResult[]> => {
    const startedAt = scene.now();
    await makeRuns(scene, ask);
    const sentence = 'Real releases were made; prove-policy judges them against its prediction.';
    const claim = { id: CLAIM, title: 'Real releases of a policy', outcome: 'passed' as const, sentence, details: [] };
    return [{ claim: { ...claim, durationMs: scene.now() - startedAt } }];
  });
}

if (import.meta.main)
  try {
    process.exit(await main());
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    console.error(`${error.code}: ${error.message}${error.hint === undefined ? '' : `\n${error.hint}`}`);
    process.exit(error.exitCode);
  }
