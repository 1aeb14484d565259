/** Reads who answered from one whole answer: the same rules that the scenario applies to every request under load. */

import { linearPattern } from '../pattern/linear-pattern.ts';
import type { Identify } from '../ports/identify.ts';

export interface ProbeAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly durationMs: number;
}

/** Empty when the answer does not say. */
export function readIdentity(identify: Identify, { headers, body }: Pick<ProbeAnswer, 'headers' | 'body'>): string {
  switch (identify.kind) {
    case 'header':
      return headers[identify.name.toLowerCase()] ?? '';
    case 'regex':
      return linearPattern(identify.pattern).firstOf(body) ?? '';
    case 'json':
      return jsonText(body, identify.path);
  }
}

function jsonText(body: string, path: string): string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return '';
  }
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return '';
    value = Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
  }
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** As it was typed: `header:x-version`. */
export function identifyText(identify: Identify): string {
  switch (identify.kind) {
    case 'header':
      return `header:${identify.name}`;
    case 'json':
      return `json:${identify.path}`;
    case 'regex':
      return `regex:${identify.pattern}`;
  }
}
