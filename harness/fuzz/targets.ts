/** Every parser of text that others write, with the signs and examples of its language. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseCgiHead } from '../../clusters/access/git/git-http.ts';
import { parseBehaviour } from '../../k8s/workload/behaviour-document.ts';
import { formatHops, parseHops } from '../../k8s/workload/hops.ts';
import { onOneLine } from '../../reports/model/control-characters.ts';
import { readRunReport, renderRunReportJson } from '../../reports/model/read-run-report.ts';
import { sampleReport } from '../../reports/model/samples/sample-report.ts';
import { markdownText } from '../../reports/text/markdown-escape.ts';
import { withoutRunnerCommands } from '../../reports/text/runner-commands.ts';
import { notificationsOf } from '../claims/alerts/alert-notifications.ts';
import { maskSecrets } from '../cli/talk/mask-secrets.ts';
import { readHeaders } from '../cli/talk/request-headers.ts';
import { parseExpect } from '../documents/identify.ts';
import { parseIdentify } from '../documents/identify-kinds.ts';
import { HiddenWords, hideInUrls } from '../errors/hidden-words.ts';
import { proxyCountersOf } from '../evidence/proxy-counters.ts';
import { readApplication } from '../lint/argo/argo-application.ts';
import { lintManifests } from '../lint/lint-manifests.ts';
import { parseEvidenceLine } from '../load/evidence/evidence-line.ts';
import { parseProgressLine } from '../load/k6/k6-books.ts';
import { parseCondition } from '../oracle/conditions/parse-condition.ts';
import { parseGoDuration } from '../oracle/go-duration.ts';
import { parsePromql } from '../oracle/promql/parse-promql.ts';
import { matchesGlob } from '../pattern/glob.ts';
import { linearPattern } from '../pattern/linear-pattern.ts';
import { packageRoot } from '../process/package-root.ts';
import { parseFault } from '../profile/faults.ts';
import { parseProfile } from '../profile/profile-kind.ts';
import { parseError } from '../stage/gateway-log.ts';
import type { Target } from './run-target.ts';

const shipped = (file: string) => readFileSync(path.join(packageRoot(), 'k8s/profiles', file), 'utf8');
const YAML = [
  'a: ',
  '- ',
  '? ',
  ': ',
  '|\n',
  '>\n ',
  '---\n',
  '...\n',
  '!!binary ',
  '!!set ',
  '[',
  ']',
  '{',
  '}',
  ',',
  '#',
  '  ',
  '~',
  'yes',
  '0x',
  '.inf',
  '&b ',
  '*b',
  '<<: ',
];
const JSON_SIGNS = ['{', '}', '[', ']', ':', ',', '"', '\\u', 'null', 'true', '-', '0', '1e9', '"alerts"', '"labels"'];
const WORDS = ['a', 'b', 'v1', 'v2', '0', '9'];

/** The first line is a pattern, the rest is matched. */
function halves(text: string): readonly [first: string, rest: string] {
  const at = text.indexOf('\n');
  return at < 0 ? [text, text] : [text.slice(0, at), text.slice(at + 1)];
}

export const TARGETS: readonly Target[] = [
  {
    name: 'globs',
    thousandths: 90,
    tokens: [...WORDS, '*', '**', '?', '[', ']', '!', '-', '{', '}', ',', '/', '.yaml', '\n'],
    examples: ['*a*a*a*a*a*a*b\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '{a,{b,c*}}/[!x-z]?.{yaml,json}\nb/a1.yaml'],
    // the time is the product of both lengths by design: one is held
    read(text) {
      const [glob, rest] = halves(text);
      matchesGlob(glob.slice(0, 500), rest);
    },
  },
  {
    name: 'regexes',
    thousandths: 90,
    tokens: [
      ...WORDS,
      '(',
      ')',
      '(?:',
      '(?<n>',
      '[',
      '[^',
      ']',
      '{2,5}',
      '*',
      '+',
      '?',
      '|',
      '^',
      '$',
      '.',
      '\\',
      '\\d',
      '\\S',
      '\\u0041',
      '\\1',
      '-',
      '\n',
    ],
    examples: [
      '(a+)+b\naaaaaaaaaaaaaaaaaaaaaaaaaaaa',
      'version="(v[0-9]+)"\n<a version="v12">',
      '(.*)(.*)(.*)x[\\s\\S]\\b\nabcabc',
    ],
    read(text) {
      const [pattern, rest] = halves(text);
      linearPattern(pattern).firstOf(rest);
    },
  },
  {
    name: '--identify',
    thousandths: 30,
    tokens: [...WORDS, 'header:', 'cookie:', 'json:', 'regex:', '$', '.', '[', ']', '(', ')', '=', '"', "'", '\\'],
    examples: [
      "json:$['up-streams'][0].version",
      'json:["a.b"].c',
      'header:X-App-Version[0]=(v\\d)',
      'cookie:version',
      'regex:v(\\d+)',
    ],
    read: (text) => void parseIdentify(text),
  },
  {
    name: '--expect',
    thousandths: 30,
    tokens: [...WORDS, '=', ',', '.', '100', '33.3', '%'],
    examples: ['v1=90,v2=10', 'a==99.999999,b=0.000001'],
    read: (text) => void parseExpect(text),
  },
  {
    name: 'headers and command lines',
    thousandths: 50,
    tokens: [...WORDS, ': ', ':', '@', '-H', '--header=', 'http://', '?', '&', '=', '/', '#'],
    examples: ['Authorization: Bearer abc', '--push-metrics=http://u:p@gw/?a=b&c#d', '-vHX-A: 1'],
    read(text) {
      maskSecrets([text, '-H', text]);
      hideInUrls(text);
      if (!text.startsWith('@'))
        readHeaders({ typed: [text], fromEnvironment: [] }, { cwd: '/', env: {} }, new HiddenWords());
    },
  },
  {
    name: 'PromQL',
    thousandths: 60,
    tokens: [
      '(',
      ')',
      '[5m]',
      '{',
      '}',
      'a',
      '=~',
      '"x"',
      ',',
      'sum',
      ' by ',
      'rate',
      'and ',
      'offset ',
      '@',
      '+',
      '-',
      '/',
      '>',
      'bool ',
      '1',
      'NaN',
      '[5m:1m]',
      'on(a)',
      'group_left',
    ],
    examples: [
      'sum(rate(http_requests_total{code=~"5..", a!="b"}[5m])) by (le) / on(a) group_left() sum(b) > bool 0.05',
      'histogram_quantile(0.95, sum(rate(x_bucket[2m] offset 1m)) by (le))',
    ],
    read: (text) => void parsePromql(text),
  },
  {
    name: 'conditions of analyses',
    thousandths: 60,
    tokens: [
      'result',
      '[0]',
      '(',
      ')',
      '!',
      'not ',
      '&&',
      ' or ',
      '==',
      '<',
      '>=',
      '0.95',
      'len(',
      'isNaN(',
      'all(',
      '{',
      '#',
      '}',
      '..',
      'in ',
      '"a"',
      '[',
      ',',
      '-',
      '**',
      '.',
      '?',
      ':',
    ],
    examples: [
      'len(result) == 0 || isNaN(result[0]) || result[0] <= 0.05',
      'all(result, {# < 1}) and not (default(result, 0) > 2 ** 3)',
    ],
    read: (text) => void parseCondition(text),
  },
  {
    name: 'durations',
    thousandths: 40,
    tokens: ['1', '5.5', 'h', 'm', 's', 'ms', 'us', 'µs', 'ns', '-', '+', '.', 'd'],
    examples: ['1h30m', '-1.5s', '100ms'],
    read: (text) => void parseGoDuration(text),
  },
  {
    name: 'hops',
    thousandths: 90,
    tokens: [...WORDS, '=', '@', ';', '%41', '%', 'error', 'slow'],
    examples: ['page=v1@page-0;reviews=v3@pod%3B1;ratings=error@', 'reviews=@'],
    read: (text) => void formatHops(parseHops(text)),
  },
  {
    name: 'evidence lines',
    thousandths: 90,
    tokens: [
      'cp1 ',
      'cp1-options ',
      'cp1-summary ',
      'cp1-failure ',
      '1 ',
      '1800000000000 ',
      '=',
      '!',
      ' .',
      '%41',
      '{',
      '}',
      '"iterations":1',
    ],
    examples: [
      'cp1 12 1800000000012 1500 200 0 1 =v1%3Ba .',
      'cp1-summary {"httpRequests":1,"iterations":1,"droppedIterations":0,"vusMax":1,"vusAllocated":1}',
      'cp1-options {"a":1}',
    ],
    read: (text) => void parseEvidenceLine(text),
  },
  {
    name: "k6's progress",
    thousandths: 40,
    tokens: ['running (', '01.0s), ', '00/10 VUs, ', '12 ', 'complete and ', '3 ', 'interrupted iterations'],
    examples: ['running (01.0s), 00/10 VUs, 12 complete and 3 interrupted iterations'],
    read: (text) => void parseProgressLine(text),
  },
  {
    name: 'profiles',
    thousandths: 20,
    tokens: [...YAML, 'claims:\n', 'kind: Profile\n', 'namespaces: ', 'source: ', 'name: '],
    examples: [shipped('bookinfo/profile.yaml'), shipped('zero-downtime/profile.yaml')],
    mostRepetitions: 1000,
    read: (text) => void parseProfile(text, 'profile.yaml', '/profile'),
  },
  {
    name: 'faults',
    thousandths: 30,
    tokens: [...YAML, 'kind: Fault\n', 'apiVersion: ', 'patch:\n'],
    examples: [shipped('bookinfo/faults/split-80-20.yaml')],
    mostRepetitions: 1000,
    read: (text) => void parseFault(text, 'fault.yaml', 'shop'),
  },
  {
    name: 'manifests',
    thousandths: 20,
    tokens: [...YAML, 'kind: VirtualService\n', 'spec:\n', 'http: ', 'route: ', 'weight: ', 'metadata: { name: a }\n'],
    examples: [
      shipped('bookinfo/repository/argocd/application.yaml'),
      'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: a, namespace: b }\nspec:\n  hosts: [a]\n  http: [{ route: [{ destination: { host: a, subset: v1 }, weight: 90 }, { destination: { host: a, subset: v2 }, weight: 10 }] }]\n',
    ],
    mostRepetitions: 1000,
    read: (text) => void lintManifests([{ path: 'a.yaml', text }]),
  },
  {
    name: 'Applications',
    thousandths: 20,
    tokens: [...YAML, 'kind: Application\n', 'spec:\n', 'source: ', 'directory: ', 'destination: '],
    examples: [shipped('bookinfo/repository/argocd/application.yaml')],
    mostRepetitions: 1000,
    read: (text) => void readApplication({ path: 'application.yaml', text }),
  },
  {
    name: 'result.json',
    thousandths: 10,
    tokens: [...JSON_SIGNS, '"schemaVersion":"1"', '"outcome"', '"splits"'],
    examples: [renderRunReportJson(sampleReport('failed'))],
    read: (text) => void readRunReport(text, 'result.json'),
  },
  {
    name: 'behaviours',
    thousandths: 50,
    tokens: [...JSON_SIGNS, '"errorShare"', '"latencyMs"', '"1/9"', '0.2'],
    examples: ['{"errorShare":"22/225","errorStatus":503,"latencyMs":10,"latencyShare":0.5}'],
    read: (text) => void parseBehaviour(text, 'POST'),
  },
  {
    name: 'notifications',
    thousandths: 50,
    tokens: JSON_SIGNS,
    examples: [
      '{"alerts":[{"status":"firing","labels":{"alertname":"A","severity":"critical"}}]}',
      '{"alerts":{}}',
      'null',
    ],
    read: (body) => void notificationsOf([{ atMs: 1, method: 'POST', path: '/critical', body }]),
  },
  {
    name: "the gateway's log",
    thousandths: 40,
    tokens: [...JSON_SIGNS, '"canaryproof"', '"error"', '"at"'],
    examples: ['{"canaryproof":"error","at":"1800000000.123","status":503,"flags":"UH","host":"a","hops":"-"}'],
    read: (text) => void parseError(text),
  },
  {
    name: "proxies' counters",
    thousandths: 30,
    tokens: [...JSON_SIGNS, 'cluster.', 'outbound|80|v1|a', '.upstream_rq', ': ', '12', '\n'],
    examples: ['cluster.outbound|9080|v1|reviews.shop.svc.cluster.local.upstream_rq_completed: 12\n'],
    read: (text) => void proxyCountersOf(text, 'reviews.shop.svc.cluster.local'),
  },
  {
    name: 'CGI heads',
    thousandths: 30,
    tokens: ['Status: ', '200 OK', '\r\n', ':', 'Content-Type: text/plain', 'a'],
    examples: ['Status: 403 Forbidden\r\nContent-Type: text/plain\r\nX-A: b:c'],
    read: (text) => void parseCgiHead(text),
  },
  {
    name: 'texts that are shown',
    thousandths: 30,
    tokens: [...WORDS, '::error::', '##[', '\u001b[2J', '\r', ' ', '`', '@', '#1', 'http://', '|', '<b>', '\u202e'],
    examples: ['a `code` and @someone, see http://x/#1 ::error::'],
    read: (text) => void withoutRunnerCommands(onOneLine(markdownText(text))),
  },
];
