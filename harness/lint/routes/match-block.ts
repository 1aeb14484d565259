/**
 * When one `match` of an HTTP route takes every request that another one takes. Only what can be proven from the two
 * blocks alone: unions, and regular expressions that differ, are never said to cover.
 *
 * Fields of a block are joined by AND, blocks of a list by OR
 * (istio.io/latest/docs/reference/config/networking/virtual-service, HTTPMatchRequest).
 */
import { asLabels, asList, asRecord } from '../manifest-set.ts';

export type MatchBlock = Readonly<Record<string, unknown>>;

/** The blocks of a route; one empty block, which takes everything, where it has no `match`. */
export function matchBlocks(route: unknown): readonly MatchBlock[] {
  const blocks = asList(asRecord(route)?.match).map((block) => asRecord(block) ?? {});
  return blocks.length === 0 ? [{}] : blocks;
}

const KNOWN = new Set([
  'name',
  'statPrefix',
  'uri',
  'scheme',
  'method',
  'authority',
  'headers',
  'withoutHeaders',
  'queryParams',
  'port',
  'sourceLabels',
  'sourceNamespace',
  'gateways',
  'ignoreUriCase',
]);

/** Whether every request that `later` takes is taken by `earlier` too. */
export function coversBlock(earlier: MatchBlock, later: MatchBlock): boolean {
  if (Object.keys(earlier).some((key) => !KNOWN.has(key))) return false;
  if (earlier.uri !== undefined && Boolean(earlier.ignoreUriCase) !== Boolean(later.ignoreUriCase)) return false;
  if (!isImplied(earlier.uri, later.uri, takesEveryPath)) return false;
  if (!['scheme', 'method', 'authority'].every((key) => isImplied(earlier[key], later[key]))) return false;
  if (!['port', 'sourceNamespace'].every((key) => earlier[key] === undefined || earlier[key] === later[key]))
    return false;
  const wanted = asLabels(earlier.sourceLabels);
  const given = asLabels(later.sourceLabels);
  return (
    Object.entries(wanted).every(([key, value]) => given[key] === value) &&
    coversGateways(asList(earlier.gateways), asList(later.gateways)) &&
    // header names know no case
    coversEach(lowerCased(earlier.headers), lowerCased(later.headers)) &&
    coversEach(asRecord(earlier.queryParams) ?? {}, asRecord(later.queryParams) ?? {}) &&
    hasSame(lowerCased(earlier.withoutHeaders), lowerCased(later.withoutHeaders))
  );
}

/** Without `gateways` a block holds at all gateways of its VirtualService. */
function coversGateways(earlier: readonly unknown[], later: readonly unknown[]): boolean {
  return earlier.length === 0 || (later.length > 0 && later.every((gateway) => earlier.includes(gateway)));
}

function coversEach(earlier: MatchBlock, later: MatchBlock): boolean {
  return Object.entries(earlier).every(([name, wanted]) => name in later && isImplied(wanted ?? {}, later[name] ?? {}));
}

function hasSame(earlier: MatchBlock, later: MatchBlock): boolean {
  return Object.entries(earlier).every(([name, wanted]) => name in later && isSameMatch(wanted, later[name]));
}

function lowerCased(value: unknown): MatchBlock {
  return Object.fromEntries(Object.entries(asRecord(value) ?? {}).map(([key, one]) => [key.toLowerCase(), one]));
}

/** Every path begins with a slash. */
function takesEveryPath({ prefix, regex }: MatchBlock): boolean {
  return prefix === '/' || prefix === '' || regex === '.*' || regex === '/.*';
}

/** A text that fits `later` fits `earlier` too. An empty match asks only that the text is there. */
function isImplied(earlier: unknown, later: unknown, takesAll: (match: MatchBlock) => boolean = () => false): boolean {
  if (earlier === undefined) return true;
  const wanted = asRecord(earlier);
  if (!wanted) return earlier === later;
  if (takesAll(wanted)) return true;
  const given = asRecord(later);
  if (!given) return false;
  if (Object.keys(wanted).length === 0 || wanted.regex === '.*') return true;
  if (isSameMatch(wanted, given)) return true;
  if (typeof wanted.prefix !== 'string') return false;
  return [given.exact, given.prefix].some(
    (text) => typeof text === 'string' && text.startsWith(wanted.prefix as string),
  );
}

function isSameMatch(a: unknown, b: unknown): boolean {
  const [one, other] = [asRecord(a) ?? {}, asRecord(b) ?? {}];
  return ['exact', 'prefix', 'regex'].every((kind) => one[kind] === other[kind]);
}
