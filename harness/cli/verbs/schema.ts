/** `schema [document]`: the JSON Schema of what people write (profile, fault) and of what a run leaves (report). */
import { Argument, type Command } from 'commander';
import { EXIT } from '../../errors/harness-error.ts';
import type { VerbContext } from './verb.ts';

/** Adds `schema`. An unknown document is a usage error of commander (exit 2). */
export function defineSchema(command: Command, { world, finish }: VerbContext): void {
  command
    .addArgument(
      new Argument('[document]', 'which document').choices(['profile', 'fault', 'report']).default('profile'),
    )
    .action(async (document: 'profile' | 'fault' | 'report') => {
      world.stdout.write(document === 'report' ? await reportSchema() : await profileSchema(document));
      finish(EXIT.passed);
    });
}

async function reportSchema(): Promise<string> {
  return (await import('../../../reports/model/json-schema.ts')).renderRunReportJsonSchema();
}

async function profileSchema(kind: 'profile' | 'fault'): Promise<string> {
  const schemas = await import('../../profile/json-schema.ts');
  const schema = kind === 'fault' ? schemas.faultJsonSchema() : schemas.profileJsonSchema();
  return `${JSON.stringify(schema, null, 2)}\n`;
}
