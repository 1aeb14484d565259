/** The product's own search against one planted pool, with its real generator, or one that is spoilt on purpose. */
import path from 'node:path';
import { renderRunReportJson } from '../../../reports/model/read-run-report.ts';
import type { SearchSettings } from '../../capacity/search/search-settings.ts';
import { openFastPath } from '../../capacity-trials/fast-path.ts';
import type { FoundK6 } from '../../cli/compose/find-k6.ts';
import { probe } from '../../cli/compose/http-probe.ts';
import { version } from '../../cli/version.ts';
import { parseObjective } from '../../documents/response-objective.ts';
import { EXIT, HarnessError } from '../../errors/harness-error.ts';
import { findCapacity } from '../../find-capacity/find-capacity.ts';
import { createK6Runner } from '../../load/k6/k6-runner.ts';
import type { StartProgram } from '../../load/k6/start-program.ts';
import type { LoadRunner } from '../../ports/load.ts';
import { readMachineCpu } from '../../process/machine-cpu.ts';
import { createSilentProgress } from '../../testkit/fakes/silent-progress.ts';
import type { PacedStretch } from './replayed-pool.ts';

/** What a search is asked, but for its seed. */
export interface Ask extends Pick<SearchSettings, 'fromRate' | 'maxRate'> {
  readonly objective: string;
  readonly arrivals: 'poisson' | 'paced';
  /** Whether the subject comes back from an overload is tried, too. */
  readonly pulse?: boolean;
  /** Only whether this rate is held is asked, requests per second. */
  readonly holds?: number;
}

export type Level = Pick<SearchSettings, 'width' | 'budgetSeconds' | 'confidence' | 'trialSeconds'>;

/** An instrument that is wrong: started otherwise, for the subject alone or from the generator's own trials on. */
export interface Spoil {
  readonly start: StartProgram;
  readonly onSubjectOnly: boolean;
}

export interface SearchWorld {
  readonly k6: FoundK6;
  /** Gets a run directory for each search. */
  readonly runsDirectory: string;
  readonly signal: AbortSignal;
}

export interface Searched {
  readonly outcome: string;
  readonly sentence: string;
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly limitedBy: string | undefined;
  /** Findings and guards. */
  readonly codes: readonly string[];
  readonly returned: { readonly recovers?: number | undefined; readonly stuck?: number | undefined } | undefined;
  /** Trials at the subject. */
  readonly stretches: readonly PacedStretch[];
  /** Its run directory; undefined: it ended before there was one. */
  readonly directory: string | undefined;
}

interface SearchOrder {
  readonly seed: number;
  readonly level: Level;
  readonly spoil?: Spoil | undefined;
}

/**
 * A machine on which the search could not even begin makes it invalid, as one that spoils its trials does.
 * @throws HarnessError of findCapacity, but for those of the environment; the signal's reason
 */
export async function searchPlane(world: SearchWorld, url: string, ask: Ask, order: SearchOrder): Promise<Searched> {
  return search(world, url, ask, order).catch((error: unknown) => {
    world.signal.throwIfAborted();
    if (!(error instanceof HarnessError) || error.exitCode !== EXIT.environment) throw error;
    const nothing = { low: undefined, high: undefined, limitedBy: undefined, returned: undefined };
    const { message: sentence, code } = error;
    return { ...nothing, outcome: 'invalid', sentence, codes: [code], stretches: [], directory: undefined };
  });
}

async function search(
  { k6, runsDirectory, signal }: SearchWorld,
  url: string,
  { objective, holds, ...ask }: Ask,
  { seed, level, spoil }: SearchOrder,
): Promise<Searched> {
  const stretches: PacedStretch[] = [];
  const command = ['npm', 'run', 'prove-capacity'];
  const { report, directory } = await findCapacity(
    {
      ...{ ...level, ...ask, seed, url, command },
      objective: parseObjective(objective),
      target: { url, headers: {} },
      hide: (text) => text,
      method: 'GET',
      peak:
        holds === undefined
          ? undefined
          : { ratePerSecond: holds, headroom: 1, growth: undefined, takeBack: undefined, alone: true },
      argvPrefix: [],
      runsDirectory,
      reproduce: command.join(' '),
      host: { system: process.platform, cpus: navigator.hardwareConcurrency, memoryBytes: 0 },
    },
    {
      probe: () => probe({ url, method: 'GET', headers: {}, timeoutMs: 5000, signal }),
      prepareGenerator: async () => ({
        component: { name: 'k6', version: k6.version, origin: k6.origin },
        createRunner: (logDirectory) => watched(runnerOf(k6.path, logDirectory, url, spoil), url, stretches),
      }),
      readCpu: readMachineCpu,
      openFastPath,
      render: async (finished) => new Map([['result.json', renderRunReportJson(finished)]]),
      progress: createSilentProgress(),
      ownComponent: { name: 'canaryproof', version, origin: 'this package' },
      now: Date.now,
    },
    signal,
  );
  signal.throwIfAborted();
  const [capacity] = report.capacity!;
  const { bracket, trials } = capacity!;
  const guards = trials.flatMap((trial) => trial.guards);
  return {
    ...{ outcome: report.outcome, sentence: report.headline, stretches },
    ...{ low: bracket?.low, high: bracket?.high, limitedBy: bracket?.limitedBy },
    codes: [...new Set([...report.findings.map(({ code }) => code), ...guards])],
    returned: capacity!.return,
    directory: path.basename(directory),
  };
}

function runnerOf(k6Path: string, logDirectory: string, url: string, spoil: Spoil | undefined): LoadRunner {
  const options = { k6Path, logDirectory, environment: process.env };
  const sound = createK6Runner(options);
  if (spoil === undefined) return sound;
  const spoilt = createK6Runner({ ...options, startProgram: spoil.start });
  return {
    run: (request, ...rest) => (spoil.onSubjectOnly && request.url !== url ? sound : spoilt).run(request, ...rest),
  };
}

/** Notes when which rate was sent to the subject. */
function watched(load: LoadRunner, url: string, stretches: PacedStretch[]): LoadRunner {
  return {
    async run(request, ...rest) {
      const fromMs = Date.now();
      const result = await load.run(request, ...rest);
      if (request.url === url) stretches.push({ ratePerSecond: request.ratePerSecond, fromMs, toMs: Date.now() });
      return result;
    },
  };
}
