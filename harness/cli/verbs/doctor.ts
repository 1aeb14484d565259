/** `doctor`: what this machine has and lacks; exit 3 when something needed is missing. */
import type { Command } from 'commander';
import { EXIT } from '../../errors/harness-error.ts';
import type { DoctorCheck } from '../doctor/doctor-check.ts';
import { deliver, parseOutputs, TABLE_FORMATS } from '../talk/output-targets.ts';
import { hasUnicode } from '../talk/talk.ts';
import { type TalkOptions, type VerbContext, withTalkOptions } from './verb.ts';

/** Adds `doctor`. What is missing is no error but exit 3; its action rejects as parseOutputs and deliver. */
export function defineDoctor(command: Command, { world, services, finish }: VerbContext): void {
  withTalkOptions(command, TABLE_FORMATS).action(async (options: TalkOptions) => {
    const targets = parseOutputs(options.output, TABLE_FORMATS, world.cwd);
    const checks = await services.doctor();
    for (const target of targets)
      await deliver(
        world,
        target,
        target.format === 'json'
          ? `${JSON.stringify(checks, null, 2)}\n`
          : describe(checks, target.path !== undefined || hasUnicode(world)),
      );
    finish(checks.some(({ state }) => state === 'failed') ? EXIT.environment : EXIT.passed);
  });
}

function describe(checks: readonly DoctorCheck[], unicode: boolean): string {
  const glyphs = unicode ? { ok: '✔', warning: '▲', failed: '✖' } : { ok: '+', warning: '!', failed: 'x' };
  const width = Math.max(0, ...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, state, found, neededFor, fix }) => [
    `${glyphs[state]} ${name.padEnd(width)}  ${found}${state === 'ok' ? '' : ` (${state}; needed for ${neededFor})`}`,
    ...(fix ? [`  ${' '.repeat(width)}  fix: ${fix}`] : []),
  ]);
  const failed = checks.filter(({ state }) => state === 'failed').length;
  const warnings = checks.filter(({ state }) => state === 'warning').length;
  return `${lines.join('\n')}\n${checks.length} checks: ${failed} failed, ${warnings} with a warning\n`;
}
