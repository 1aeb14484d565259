/** `plan <name|dir>`: what `conform` with the same options would do; exit 2 where that would refuse to start. */
import type { Command } from 'commander';
import { onOneLine } from '../../../reports/model/control-characters.ts';
import { EXIT } from '../../errors/harness-error.ts';
import { deliver, parseOutputs, TABLE_FORMATS } from '../talk/output-targets.ts';
import { addPlanOptions, type PlanOptions, planRequest } from './conform-options.ts';
import { planPage } from './plan-page.ts';
import { type TalkOptions, type VerbContext, withTalkOptions } from './verb.ts';

/**
 * Adds `plan`. Its action rejects with HarnessError (exit 2) for what `conform` would refuse before it starts
 * anything.
 */
export function definePlan(command: Command, context: VerbContext): void {
  const { world, services, finish } = context;
  withTalkOptions(addPlanOptions(command), TABLE_FORMATS).action(
    async (profile: string, options: PlanOptions & TalkOptions) => {
      const targets = parseOutputs(options.output, TABLE_FORMATS, world.cwd);
      const plan = await services.plan(planRequest(context, profile, options));
      const page = planPage(plan);
      const human = [
        page.title,
        ...page.sections.flatMap(({ title, lines }) => ['', title, ...lines.map((line) => `  ${line}`)]),
      ];
      for (const target of targets) {
        const text = target.format === 'json' ? JSON.stringify(page, null, 2) : human.map(onOneLine).join('\n');
        await deliver(world, target, `${text}\n`);
      }
      finish(plan.findings.some(({ refuses }) => refuses) ? EXIT.usage : EXIT.passed);
    },
  );
}
