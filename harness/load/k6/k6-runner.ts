/**
 * Runs a scenario in k6 and hands every finished request to the harness while it runs.
 *
 * Evidence comes through a named pipe, line by line; k6's log goes to a file in the log directory, its script beside
 * it. Memory does not grow with the run: lines are handed on as they come, and the books keep one bit per request (k6
 * itself keeps some 80 bytes per request for its summary).
 */
import { mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { LoadRequest, LoadResult, LoadRunner } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import { removeOwnTree } from '../../process/remove-own-tree.ts';
import type { EvidenceProblems } from '../evidence/evidence-collector.ts';
import { openEvidencePipe } from '../evidence/evidence-pipe.ts';
import { bundleScenario, packagedScenario } from './bundle-scenario.ts';
import { checkLoadRequest } from './check-load-request.ts';
import { k6Arguments, k6Environment } from './k6-command.ts';
import { runSession } from './k6-session.ts';
import { targetEnvironment } from './scenario-values.ts';
import { startProgram as defaultStartProgram, type StartProgram } from './start-program.ts';

export interface K6RunnerOptions {
  readonly k6Path: string;
  /** Gets `<number>-<phase>.k6.log` and `<number>-<phase>.k6.js` of every run. */
  readonly logDirectory: string;
  /** The environment of the harness; only a few harmless variables reach k6. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Entry file; default: the packaged one that sends what is asked, with scheduled arrivals or without. */
  readonly scenarioFile?: string;
  /** How long k6 may take to leave after an interrupt before it is killed; default 15 s. */
  readonly stopBoundMs?: number;
  readonly startProgram?: StartProgram;
  /** Takes the user's secrets out of k6's words and of names that answers give; default: there are none. */
  readonly hide?: (text: string) => string;
  /** The harness's clock, Unix milliseconds; default: the machine's. */
  readonly now?: () => number;
}

export interface K6LoadResult extends LoadResult {
  readonly evidence: EvidenceProblems;
  readonly bundleSha256: string;
  readonly scriptFile: string;
  readonly logFile: string;
  readonly argv: readonly string[];
}

export interface K6Runner extends LoadRunner {
  /**
   * `onSample` is called in completion order, also for requests that finish while a stop is under way (its answer no
   * longer matters then), so that samples handed over = `received`. A sound run has
   * sent = received + interrupted and no evidence problem.
   * @throws HarnessError LOAD_REQUEST_INVALID, SCENARIO_*, K6_*, LOAD_GENERATOR_*, EVIDENCE_PIPE; what `onSample` throws.
   */
  run(
    request: LoadRequest,
    argvPrefix: readonly string[],
    onSample: (sample: RequestSample) => 'continue' | 'stop',
    signal: AbortSignal,
  ): Promise<K6LoadResult>;
}

export function createK6Runner(options: K6RunnerOptions): K6Runner {
  const { hide } = options;
  let runs = 0;
  return {
    async run(request, argvPrefix, onSample, signal) {
      checkLoadRequest(request);
      runs += 1;
      const name = `${String(runs).padStart(2, '0')}-${request.phase.replaceAll(/[^\w.-]+/g, '-')}`;
      const scriptFile = path.join(options.logDirectory, `${name}.k6.js`);
      const logFile = path.join(options.logDirectory, `${name}.k6.log`);
      const bundle = await bundleScenario({
        scenarioFile:
          options.scenarioFile ?? packagedScenario(request.arrivals === undefined ? 'traffic-split' : 'capacity'),
        request,
      });
      await mkdir(options.logDirectory, { recursive: true });
      await writeFile(scriptFile, bundle.script);
      const home = await mkdtemp(path.join(await realpath(options.logDirectory), '.k6-'));
      try {
        const evidencePipe = path.join(home, 'evidence');
        const argv = [
          ...argvPrefix,
          options.k6Path,
          ...k6Arguments({ script: scriptFile, evidencePipe, home }),
        ] as unknown as readonly [string, ...string[]];
        const pipe = await openEvidencePipe(evidencePipe);
        try {
          const result = await runSession({
            request,
            argv,
            environment: { ...k6Environment(options.environment, home), ...targetEnvironment(request) },
            k6Path: options.k6Path,
            k6RealPath: await realpath(options.k6Path).catch(() => options.k6Path),
            logFile,
            pipe,
            stopBoundMs: options.stopBoundMs ?? 15_000,
            startProgram: options.startProgram ?? defaultStartProgram,
            now: options.now ?? Date.now,
            onSample: hide === undefined ? onSample : (sample) => onSample(withHiddenIdentity(sample, hide)),
            ...(hide === undefined ? {} : { hide }),
            signal,
          });
          return { ...result, bundleSha256: bundle.sha256, scriptFile, logFile, argv };
        } finally {
          pipe.close();
        }
      } finally {
        await removeOwnTree(home);
      }
    },
  };
}

/** The very sample where nothing is hidden, which is nearly always. */
function withHiddenIdentity(sample: RequestSample, hide: (text: string) => string): RequestSample {
  const identity = hide(sample.identity);
  return identity === sample.identity ? sample : { ...sample, identity };
}
