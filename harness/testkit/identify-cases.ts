/**
 * What is answered, and whom each kind of `--identify` takes for the receiver. Both readers, the harness's and k6's, are
 * held to this one table: as units, and once more with real answers over HTTP and a real k6. A new kind adds its rows.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import zlib from 'node:zlib';

export interface IdentifyCase {
  /** As typed. */
  readonly identify: string;
  readonly what: string;
  /** Names and values in turn, as they are sent. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
  /** Of the body as it is sent. */
  readonly encoding?: 'gzip' | 'deflate' | 'br' | 'zstd';
  /** Empty: nobody is named. */
  readonly is: string;
}

type Row = readonly [
  identify: string,
  what: string,
  is: string,
  answer: Omit<IdentifyCase, 'identify' | 'what' | 'is'>,
];

const version = (...values: readonly string[]) => ({ headers: values.map((value) => ['X-Version', value] as const) });
const cookie = (...values: readonly string[]) => ({ headers: values.map((value) => ['Set-Cookie', value] as const) });
const body = (text: string) => ({ body: text });

const HEADER: readonly Row[] = [
  ['header:X-Version', 'one value', 'v2', version('v2')],
  ['header:x-version', 'another header', '', { headers: [['X-Other', 'v2']] }],
  ['header:x-version', 'an empty value', '', version('')],
  ['header:x-version', 'twice: the last value', 'v1', version('edge-7', 'v1')],
  ['header:x-version', 'twice in one line, as some proxies write it', 'v1', version('edge-7, v1')],
  ['header:x-version', 'a comma without a blank separates nothing', 'edge-7,v1', version('edge-7,v1')],
  ['header:x-version', 'the last one is empty', 'v1', version('v1', '')],
  ['header:x-version[0]', 'the first of two', 'edge-7', version('edge-7', 'v1')],
  ['header:x-version[2]', 'there is no third', '', version('edge-7', 'v1')],
  ['header:x-version=^v\\d+$', 'the last value that matches', 'v1', version('v1', 'edge-7')],
  ['header:x-version=^v\\d+$', 'none matches', '', version('edge-7')],
  ['header:x-version[0]=v\\d+', 'a pattern on the first value only', '', version('edge-7', 'v1')],
  ['header:x-version=version=(v\\d+);', 'a group', 'v3', version('app=a; version=v3; b')],
  ['header:x-version=a|(v\\d)', 'a group that took no part', '', version('a')],
  [
    'header:server',
    'a header that Node shows once',
    'v2',
    {
      headers: [
        ['Server', 'edge'],
        ['Server', 'v2'],
      ],
    },
  ],
  ['header:etag', 'a value in quotes', '"v2"', { headers: [['ETag', '"v2"']] }],
  ['header:x-version', 'letters beyond ASCII', 'vé-版本', version('vé-版本')],
  ['header:constructor', 'a name that every object has', '', version('v1')],
  ['header:__proto__', 'another such name', '', version('v1')],
  ['header:x-v2-name', 'k6 spells it X-V2-Name', 'v4', { headers: [['x-v2-NAME', 'v4']] }],
];

const COOKIE: readonly Row[] = [
  [
    'cookie:version',
    'a comma in its attributes',
    'v2',
    cookie('version=v2; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/'),
  ],
  ['cookie:version', 'among others', 'v2', cookie('a=b; Path=/', 'version=v2', 'version2=v9')],
  [
    'cookie:version',
    'twice: the last one, as browsers keep it',
    'v2',
    cookie('version=v1; Path=/', 'version=v2; Path=/'),
  ],
  ['cookie:version', 'in quotes', 'v2', cookie('version="v2"; Secure')],
  ['cookie:version', 'a comma and a blank in quotes', 'v2, eu', cookie('version="v2, eu"')],
  ['cookie:version', 'another cookie that quotes it', '', cookie('other="x, version=v9"; Path=/')],
  ['cookie:version', 'an attribute of that name', '', cookie('other=x; version=v9')],
  ['cookie:version', 'another case is another cookie', '', cookie('Version=v2')],
  ['cookie:version', 'removed', '', cookie('version=v2', 'version=; Max-Age=0')],
  ['cookie:version', 'a value with =', 'a=b==', cookie('version=a=b==; HttpOnly')],
  ['cookie:version', 'half a quote is no value', '', cookie('version="v2')],
  ['cookie:version', 'a broken one does not hide the one before', 'v1', cookie('version=v1', 'version=a\\b')],
  ['cookie:version', 'no value', '', cookie('version')],
  ['cookie:version', 'blanks around', 'v2', cookie('  version = v2 ; Path=/')],
  ['cookie:version', 'not decoded', 'v%202', cookie('version=v%202')],
  ['cookie:version', 'letters that no cookie may have', '', cookie('version=vé')],
  ['cookie:constructor', 'a name that every object has', '', cookie('a=b')],
  ['cookie:__proto__', 'a name that every object has', '', cookie('a=b')],
  ['cookie:version', 'sent by the client, not set', '', { headers: [['Cookie', 'version=v2']] }],
  ['cookie:version', 'no cookie', '', version('v1')],
  ['cookie:session=^(v\\d+)\\.', 'a part of its value', 'v2', cookie('session=v2.c2lnbmVk')],
  ['cookie:session=^(v\\d+)\\.', 'the pattern asks the last one', '', cookie('session=v2.c2lnbmVk', 'session=none')],
];

const JSON_ROWS: readonly Row[] = [
  ['json:version', 'a text', 'v1', body('{"version":"v1"}')],
  ['json:version', 'a number as JSON', '2', body('{"version":2.0}')],
  ['json:version', 'a truth value as JSON', 'true', body('{"version":true}')],
  ['json:version', 'null names nobody', '', body('{"version":null}')],
  ['json:version', 'an object names nobody', '', body('{"version":{"a":1}}')],
  ['json:version', 'a list names nobody', '', body('{"version":["v1"]}')],
  ['json:version', 'not there', '', body('{}')],
  ['json:version', 'no JSON', '', body('<html>version</html>')],
  ['json:version', 'JSON and more', '', body('{"version":"v1"} x')],
  ['json:version', 'no body', '', body('')],
  ['json:version', 'of two equal keys the first', 'v1', body('{"version":"v1","version":"v2"}')],
  ['json:a.b', 'the first of two equal keys that leads there', '2', body('{"a":{"c":1},"a":{"b":2}}')],
  ['json:version', 'a key written with an escape', 'v1', body('{"vers\\u0069on":"v1"}')],
  ['json:version', 'a key inside of a text', 'v1', body('{"a":"\\"version\\":\\"v9\\"","version":"v1"}')],
  ['json:version', 'deep brackets before', 'v1', body('{"a":[[{"b":"]}"}],{}],"version":"v1"}')],
  ['json:["a.b"].version', 'a key with a dot', 'v2', body('{"a":{"b":{"version":"v1"}},"a.b":{"version":"v2"}}')],
  ['json:["app.kubernetes.io/version"]', 'a label', 'v2', body('{"app.kubernetes.io/version":"v2"}')],
  ['json:["a*"]', 'a star is a star', 'v2', body('{"ab":"v1","a*":"v2"}')],
  ['json:["#"]', 'a hash sign is a key', 'v2', body('{"#":"v2"}')],
  ['json:["#"]', 'and no length', '', body('[1,2,3]')],
  ['json:["@this"]', 'no modifier', '', body('{"version":"v1"}')],
  ['json:["a|b"]', 'no pipe', 'v2', body('{"a":{"b":"v1"},"a|b":"v2"}')],
  ['json:["a\\\\b"]', 'a backslash', 'v2', body('{"a\\\\b":"v2"}')],
  ['json:["{a}"]', 'no choice of fields', 'v2', body('{"{a}":"v2","a":"v1"}')],
  ['json:["a b\\"c"]', 'a blank and a quote', 'v2', body('{"a b\\"c":"v2"}')],
  ['json:größe.版本', 'letters beyond ASCII', 'v2', body('{"größe":{"版本":"v2"}}')],
  ['json:items.1.version', 'of a list', '7', body(' { "items" : [ {"version":6} , {"version":7} ] } ')],
  ['json:items.2.version', 'beyond its end', '', body('{"items":[{"version":6}]}')],
  ['json:items.length', 'a list has no length', '', body('{"items":[1,2]}')],
  ['json:version.length', 'nor has a text', '', body('{"version":"v1"}')],
  ['json:0.version', 'a list at the top', 'v1', body('[{"version":"v1"}]')],
  ['json:0', 'a number as a key', 'v1', body('{"0":"v1"}')],
  ['json:constructor.name', 'what every object has', '', body('{}')],
  ['json:__proto__', 'a key that is special in JavaScript', 'v1', body('{"__proto__":"v1"}')],
  ['json:version', 'gzip', 'v1', { ...body('{"version":"v1"}'), encoding: 'gzip' }],
  ['json:version', 'deflate', 'v1', { ...body('{"version":"v1"}'), encoding: 'deflate' }],
  ['json:version', 'Brotli', 'v1', { ...body('{"version":"v1"}'), encoding: 'br' }],
  ['json:version', 'Zstandard', 'v1', { ...body('{"version":"v1"}'), encoding: 'zstd' }],
];

const REGEX: readonly Row[] = [
  ['regex:version=(v\\d)', 'its group', 'v2', body('a version=v2 b')],
  ['regex:v\\d', 'its match', 'v2', body('a version=v2 b')],
  ['regex:x|version=(v\\d)', 'a group that took no part', '', body('x')],
  ['regex:v\\d', 'no match', '', body('nothing')],
  ['regex:v\\d', 'no body', '', body('')],
  ['regex:v\\d', 'headers are not searched', '', { ...body('x'), headers: [['x-version', 'v1']] }],
  ['regex:(\\S+)版', 'letters beyond ASCII', 'vé', body('<p> vé版本')],
  ['regex:version=(v\\d)', 'gzip', 'v2', { ...body('version=v2'), encoding: 'gzip' }],
];

/** Whoever answered, the answer does not tell it: harness/answerers does. */
const PROXY: readonly Row[] = [
  ['proxy', 'a header that names the version', '', version('v1')],
  ['proxy', 'a body that does', '', body('{"version":"v1"}')],
];

export const IDENTIFY_CASES: readonly IdentifyCase[] = [...HEADER, ...COOKIE, ...JSON_ROWS, ...REGEX, ...PROXY].map(
  ([identify, what, is, answer]) => ({ identify, what, is, ...answer }),
);

const ENCODERS = {
  gzip: zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: zlib.brotliCompressSync,
  zstd: zlib.zstdCompressSync,
} as const;

/** A server on loopback that gives the answer of the n-th case at `/n`. */
export async function serveIdentifyCases(): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const { headers = [], body: text = '', encoding } = IDENTIFY_CASES[Number(request.url?.slice(1))]!;
    // each name and value in turn: nothing is joined. Bytes of UTF-8 are what other servers send
    const lines = headers.flatMap(([name, value]) => [name, Buffer.from(value).toString('latin1')]);
    response.writeHead(200, encoding === undefined ? lines : [...lines, 'Content-Encoding', encoding]);
    response.end(encoding === undefined ? text : ENCODERS[encoding](text));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
