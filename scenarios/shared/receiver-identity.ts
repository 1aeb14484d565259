/** Reads from a response who answered, as the receiver named itself; empty when it said nothing. */
import type { ScenarioIdentify } from './scenario-values.ts';

/** The part of k6's Response that is read. */
export interface Answer {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
  json(selector: string): unknown;
}

export function receiverReader(identify: ScenarioIdentify): (answer: Answer) => string {
  switch (identify.kind) {
    case 'header': {
      const { name } = identify;
      return (answer) => answer.headers[name] ?? '';
    }
    case 'json':
      return (answer) => jsonText(answer, identify.path);
    case 'regex': {
      const pattern = new RegExp(identify.pattern);
      return (answer) => {
        const match = typeof answer.body === 'string' ? pattern.exec(answer.body) : null;
        if (match === null) return '';
        return match.length > 1 ? (match[1] ?? '') : match[0];
      };
    }
  }
}

/** A text as it is, anything else as JSON; empty when the body is no JSON or has nothing there. */
function jsonText(answer: Answer, path: string): string {
  if (typeof answer.body !== 'string') return '';
  let value: unknown;
  try {
    value = answer.json(path);
  } catch {
    return ''; // no JSON: the receiver did not name itself
  }
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
