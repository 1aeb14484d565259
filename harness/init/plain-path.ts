/** A path under which a plain GET is taken by one route and by none before it. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject } from '../lint/manifest-set.ts';
import { coversBlock, type MatchBlock, matchBlocks } from '../lint/routes/match-block.ts';
import type { SplitRoute } from './subjects.ts';

/** What a request brings besides its path: the gateways it comes through, and the host that it asks for. */
export interface PlainRequest {
  readonly gateways: readonly string[];
  readonly authority?: MatchBlock;
}

/** A path of nobody, for where a narrower route takes the plain one. */
const OWN_PATH = '/canaryproof';

/** Whether some match wants nothing that a plain GET does not bring. */
export function takesPlainRequest({ matches }: SplitRoute): boolean {
  return matches.length === 0 || matches.some((match) => candidates(match).length > 0);
}

/** Which paths the receivers answer, and some that they surely know. */
export interface Answered {
  answers(path: string): boolean;
  readonly known: readonly string[];
}

/**
 * The first that the receivers answer, else the first.
 *
 * @param passed every route that the request goes through, a delegate's and that of whoever hands over to it
 */
export function plainPath(
  passed: readonly { readonly virtualService: ManifestObject; readonly index: number }[],
  request: PlainRequest,
  { answers, known }: Answered = { answers: () => true, known: [] },
): string | undefined {
  const stages = passed.map(({ virtualService, index }) => {
    const all = asList(valueAt(virtualService.value, '/spec/http')).map(matchBlocks);
    return { own: all[index] ?? [], before: all.slice(0, index).flat() };
  });
  const taken = [...stages.flatMap(({ own }) => own.flatMap(candidates)), ...known].filter((path) =>
    stages.every(
      ({ own, before }) =>
        own.some((block) => takes(block, path, request)) && !before.some((block) => takes(block, path, request)),
    ),
  );
  return taken.find(answers) ?? taken[0];
}

/** Paths that a block may take, the plainest first. */
function candidates(block: MatchBlock): readonly string[] {
  if (block.headers || block.queryParams || block.sourceLabels || block.port !== undefined) return [];
  const { exact, prefix } = asRecord(block.uri) ?? { prefix: '/' };
  if (typeof exact === 'string') return isPath(exact) ? [exact] : [];
  if (typeof prefix !== 'string' || !isPath(prefix)) return [];
  return [prefix, `${prefix.replace(/\/$/, '')}${OWN_PATH}`];
}

function isPath(text: string): boolean {
  return /^\/\S*$/.test(text);
}

function takes({ ignoreUriCase: _, ...block }: MatchBlock, path: string, request: PlainRequest): boolean {
  return coversBlock(block, {
    ...request,
    uri: { exact: path },
    method: { exact: 'GET' },
    scheme: { exact: 'http' },
  });
}
