/** What a program says when it cannot render, as a finding. */
import path from 'node:path';
import type { Finding } from '../lint/manifest-set.ts';
import type { ProgramError } from '../process/run-program.ts';
import { limitReached } from './render/offline-programs.ts';

export interface Refused {
  readonly unit: string;
  readonly program: string;
  readonly where: string;
  /** Absolute; taken out of the program's words, and so is the way to it from a folder of ours. */
  readonly root: string;
  readonly from?: string;
  /** A folder of ours with a copy of what is rendered, taken out as well. */
  readonly own?: string;
  readonly severity?: Finding['severity'];
}

export function refusalOf(
  error: ProgramError,
  { unit, program, where, root, from, own, severity = 'error' }: Refused,
): Finding {
  const limit = limitReached(error);
  if (limit !== undefined)
    return {
      ...{ code: 'UNIT_NOT_RENDERED', layer: 'manifest', severity, where },
      sentence: `${unit} does not render: ${program} came to no end within ${limit}`,
      hint: 'Look for a template, value or anchor that unfolds itself.',
    };
  const way = from === undefined ? root : path.relative(from, root);
  const words = (error.stderr || error.message)
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(#? ?Warning:|level=|walk\.go|WARNING:)/i.test(line.trim()))
    .join(' ')
    .replaceAll(own === undefined ? '\0' : `${own}/`, '')
    .replaceAll(`${root}/`, '')
    .replaceAll(root, '.')
    .replaceAll(`${way}/`, '')
    .replaceAll(way, '.')
    .replace(/^Error: /, '')
    .replace(/\s+/g, ' ')
    .trim();
  if (WANTS_NETWORK.test(words))
    return {
      code: 'UNIT_NOT_JUDGED',
      layer: 'manifest',
      severity: 'info',
      sentence: `${unit} is not judged: it reads something that is not in this repository. ${program} says: ${shortened(words)}`,
      where,
      hint: 'Nothing is fetched here. Vendor it to have the whole judged.',
    };
  return {
    code: 'UNIT_NOT_RENDERED',
    layer: 'manifest',
    severity,
    sentence: `${unit} does not render. ${program} says: ${shortened(words)}`,
    where,
    hint: `Argo CD renders with the same program: mend what ${program} names, or the values that it is given.`,
  };
}

/** What they say of a request that found nobody (see offline-programs.ts), or of Git, which they cannot find. */
const WANTS_NETWORK = /proxyconnect|127\.0\.0\.1:9\b|dial tcp|no 'git' program on path|exec: "git"/;

/** Both programs nest their messages, and name the cause last. */
function shortened(text: string): string {
  return text.length <= 500 ? text : `${text.slice(0, 100)} … ${text.slice(-380)}`;
}
