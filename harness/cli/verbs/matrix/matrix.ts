/** `matrix <name|dir>`: the same profile on several releases of one component, and which claims hold where. */
import { type Command, InvalidArgumentError } from 'commander';
import { EXIT, HarnessError } from '../../../errors/harness-error.ts';
import { formatFailure } from '../../talk/failure.ts';
import { mainReport } from '../../talk/main-report.ts';
import { deliver, parseOutputs, TABLE_FORMATS } from '../../talk/output-targets.ts';
import { createProgress } from '../../talk/progress-events.ts';
import { exitCodeOf } from '../../talk/run-output.ts';
import { progressReaderFor } from '../../talk/talk.ts';
import { addPlanOptions, type PlanOptions, planRequest } from '../conform-options.ts';
import { type TalkOptions, type VerbContext, withTalkOptions } from '../verb.ts';
import { type MatrixRun, matrixExitCode, matrixLines } from './matrix-table.ts';

interface MatrixOptions extends PlanOptions, TalkOptions {
  readonly vary: VariedComponent;
}
interface VariedComponent {
  readonly component: string;
  readonly versions: readonly string[];
}

/**
 * Adds `matrix`. A release that cannot be built or started is a row of its own; the action rejects with HarnessError for
 * bad input (exit 2), and with the reason of the interruption.
 */
export function defineMatrix(command: Command, context: VerbContext): void {
  const { world, services, finish } = context;
  addPlanOptions(command).requiredOption(
    '--vary <name=version,...>',
    'the component and its releases, such as argo-rollouts=1.7.2,1.8.5,1.9.2',
    parseVaried,
  );
  withTalkOptions(command, TABLE_FORMATS).action(async (profile: string, options: MatrixOptions) => {
    const targets = parseOutputs(options.output, TABLE_FORMATS, world.cwd);
    const { component, versions } = options.vary;
    const runs: MatrixRun[] = [];
    for (const version of versions) {
      if (world.interruption.signal.aborted) break;
      runs.push(await oneRun(version));
    }
    const matrix = { profile, component, runs };
    for (const target of targets) {
      const text = target.format === 'json' ? JSON.stringify(matrix, null, 2) : matrixLines(matrix).join('\n');
      await deliver(world, target, `${text}\n`);
    }
    finish(world.interruption.exitCode() ?? matrixExitCode(runs));

    async function oneRun(version: string): Promise<MatrixRun> {
      const readers = progressReaderFor(world, options);
      try {
        const request = planRequest(context, profile, {
          ...options,
          component: { ...options.component, [component]: version },
          // releases must not meet each other's leftovers
          name: `${options.name ?? profile.split('/').at(-1)}-${version.replaceAll(/[^a-z0-9]+/g, '-')}`,
        });
        const product = await services.conform(request, createProgress(world.now, readers));
        const { report } = product;
        return {
          version,
          outcome: report.outcome,
          exitCode: exitCodeOf(product),
          claims: report.claims.map(({ id, outcome, sentence }) => ({ id, outcome, sentence })),
          report: mainReport(product),
        };
      } catch (error) {
        if (world.interruption.signal.aborted) throw error;
        // a release that cannot be built or started says nothing of the others
        if (error instanceof HarnessError && error.exitCode === EXIT.usage) throw error;
        const failure = formatFailure(error, { verbose: false, interrupted: false });
        world.stderr.write(failure.text);
        const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
        return { version, outcome: 'error', exitCode: failure.exitCode, claims: [], error: message };
      } finally {
        for (const reader of readers) reader.close();
      }
    }
  });
}

function parseVaried(value: string): VariedComponent {
  const [, component, list] = /^([a-z0-9-]+)=(.+)$/.exec(value) ?? [];
  const versions = list?.split(',').map((version) => version.trim()) ?? [];
  if (component === undefined || versions.length === 0 || versions.includes(''))
    throw new InvalidArgumentError('expected NAME=VERSION,VERSION.');
  const repeated = versions.find((version, i) => versions.indexOf(version) !== i);
  if (repeated !== undefined) throw new InvalidArgumentError(`${repeated} is named twice.`);
  return { component, versions };
}
