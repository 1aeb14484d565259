/** What a program says when it cannot render, as a finding. */
import type { Finding } from '../lint/manifest-set.ts';
import type { ProgramError } from '../process/run-program.ts';

export interface Refused {
  readonly unit: string;
  readonly program: string;
  readonly where: string;
  /** Absolute; taken out of the program's words. */
  readonly root: string;
  readonly severity?: Finding['severity'];
}

export function refusalOf(error: ProgramError, { unit, program, where, root, severity = 'error' }: Refused): Finding {
  const words = (error.stderr || error.message)
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(#? ?Warning:|level=|walk\.go|WARNING:)/i.test(line.trim()))
    .join(' ')
    .replaceAll(`${root}/`, '')
    .replaceAll(root, '.')
    .replace(/^Error: /, '')
    .replace(/\s+/g, ' ')
    .trim();
  return {
    code: 'UNIT_NOT_RENDERED',
    layer: 'manifest',
    severity,
    sentence: `${unit} does not render. ${program} says: ${shortened(words)}`,
    where,
  };
}

function shortened(text: string): string {
  return text.length <= 700 ? text : `${text.slice(0, 690)} …`;
}
