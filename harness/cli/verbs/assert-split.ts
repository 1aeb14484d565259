/** `assert-split`: judges the split of any HTTP endpoint; no cluster needed. */

import path from 'node:path';
import { type Command, Option } from 'commander';
import { ASSURANCE_LEVELS, type Assurance } from '../../documents/assurance.ts';
import { parseExpect } from '../../documents/identify.ts';
import { IDENTIFY_FORMS, parseIdentify } from '../../documents/identify-kinds.ts';
import { usageError } from '../../errors/harness-error.ts';
import { hideInUrls } from '../../errors/hidden-words.ts';
import { RUN_FORMATS } from '../talk/output-targets.ts';
import { readHeaders } from '../talk/request-headers.ts';
import type { AssertSplitRequest } from '../traffic-requests.ts';
import { type ClusterOptions, readProxies, readVirtualService } from './asked-cluster.ts';
import { RUNS_DIRECTORY } from './conform-options.ts';
import { type RunOptions, runAndShow, withPushOption } from './run-and-show.ts';
import { collect, durationMs, positiveNumber, type VerbContext, wholeNumber, withTalkOptions } from './verb.ts';

interface AssertSplitOptions extends RunOptions, ClusterOptions {
  readonly url: string;
  readonly expect?: string;
  readonly identify: string;
  readonly rate: number;
  readonly assurance: Assurance;
  readonly margin?: number;
  readonly maxDuration: number;
  readonly connectTimeout: number;
  readonly requestTimeout: number;
  readonly header?: readonly string[];
  readonly headerEnv?: readonly string[];
  readonly method: string;
  readonly newConnections?: boolean;
  readonly warmUp?: number;
  readonly k6?: string;
  readonly runDir: string;
}

/**
 * Adds `assert-split`. Its action rejects with HarnessError (exit 2) EXPECT_*, IDENTIFY_*, URL_*, METHOD_UNKNOWN,
 * VIRTUAL_SERVICE_*, SERVICE_*, CONTEXT_MISSING before anything is sent, and with those of runAndShow.
 */
export function defineAssertSplit(command: Command, context: VerbContext): void {
  command
    .requiredOption('--url <url>', 'where the requests go')
    .requiredOption('--identify <how>', `how an answer names who gave it: ${IDENTIFY_FORMS}`)
    .option('--expect <shares>', 'declared split in percent, such as v1=90,v2=10')
    .addOption(
      new Option('--virtual-service <namespace/name>', 'read the declared split from the cluster instead').conflicts(
        'expect',
      ),
    )
    .option('--context <name>', 'kubeconfig context for --virtual-service and --identify proxy')
    .option(
      '--service <namespace/name>',
      'for --identify proxy: the Service whose pods answer (default: the first destination of --virtual-service)',
    )
    .option('--kubeconfig <file>', 'kubeconfig file (default: KUBECONFIG, then ~/.kube/config)')
    .option('--allow-context <name>', 'read from this context although canaryproof did not make the cluster')
    .option('--rate <requests/s>', 'offered load', positiveNumber, 1000)
    .addOption(new Option('--assurance <level>', 'error rates and margin').choices(ASSURANCE_LEVELS).default('default'))
    .option(
      '--margin <points>',
      'accepted drift of each share in percentage points (default: as the assurance says)',
      positiveNumber,
    )
    .addOption(duration('--max-duration <time>', 'give up, undecided, after this much load', '5m'))
    .addOption(duration('--connect-timeout <time>', 'longest wait for the first answer, before any load', '5s'))
    .addOption(duration('--request-timeout <time>', 'longest wait for one answer under load', '5s'))
    .option('-H, --header <name: value>', 'request header, or @file with one a line; repeatable', collect)
    .option('--header-env <name: VARIABLE>', 'request header whose value is in the environment; repeatable', collect)
    .option('--method <verb>', 'request method', 'GET')
    .option('--new-connections', 'open a new connection for each request')
    .option(
      '--warm-up <requests>',
      'first requests that are recorded but not judged (default: one second of load)',
      wholeNumber,
    )
    .option('--k6 <path>', 'k6 2.x to use (default: CANARYPROOF_K6, then PATH, else it is built)')
    .option('--run-dir <dir>', 'folder in which the directory of this run is made', RUNS_DIRECTORY);
  withTalkOptions(withPushOption(command), RUN_FORMATS).action(async (options: AssertSplitOptions) => {
    const request = readRequest(options, context);
    await runAndShow(context, options, (progress) => context.services.assertSplit(request, progress));
  });
}

function duration(flags: string, description: string, fallback: string): Option {
  return new Option(flags, description).argParser(durationMs).default(durationMs(fallback), fallback);
}

function readRequest(options: AssertSplitOptions, { world, commandLine, hidden }: VerbContext): AssertSplitRequest {
  const identify = parseIdentify(options.identify);
  const virtualService = readVirtualService(options, identify);
  if (options.expect === undefined && virtualService === undefined)
    throw usageError('EXPECT_MISSING', 'nothing says what split is expected', {
      hint: 'Give --expect v1=90,v2=10, or --context CTX --virtual-service NAMESPACE/NAME.',
    });
  const url = readUrl(options.url);
  const given = { typed: options.header ?? [], fromEnvironment: options.headerEnv ?? [] };
  const headers = readHeaders(given, world, hidden);
  hidden.addUrl(url);
  return {
    url,
    shownUrl: hideInUrls(url),
    hide: (text) => hidden.hide(text),
    expect: options.expect === undefined ? undefined : parseExpect(options.expect),
    virtualService,
    identify,
    proxies: readProxies(options, identify),
    assurance: options.assurance,
    margin: options.margin === undefined ? undefined : options.margin / 100,
    ratePerSecond: options.rate,
    maxDurationMs: options.maxDuration,
    connectTimeoutMs: options.connectTimeout,
    requestTimeoutMs: options.requestTimeout,
    method: readMethod(options.method),
    headers,
    newConnectionPerRequest: options.newConnections === true,
    warmUpRequests: options.warmUp ?? Math.ceil(options.rate),
    k6: options.k6 === undefined ? undefined : path.resolve(world.cwd, options.k6),
    runsDirectory: path.resolve(world.cwd, options.runDir),
    command: commandLine,
  };
}

export function readUrl(text: string, flag = '--url'): string {
  const hint = 'Write the whole address, such as http://127.0.0.1:8080/productpage.';
  if (!URL.canParse(text))
    throw usageError('URL_SYNTAX', `${flag} cannot read '${hideInUrls(text)}'`, { where: flag, hint });
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw usageError('URL_PROTOCOL', `${flag} must be http or https, not ${url.protocol.slice(0, -1)}`, {
      where: flag,
      hint,
    });
  if (url.username || url.password)
    throw usageError('URL_CREDENTIALS', `${flag} must not hold a password: the address is written into reports`, {
      where: flag,
      hint: "Send it as a header: -H 'Authorization: Basic …'; its value is masked in reports; -H @file keeps it out of the list of processes too.",
    });
  return url.href;
}

export function readMethod(text: string): string {
  const method = text.toUpperCase();
  if (!['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].includes(method))
    throw usageError('METHOD_UNKNOWN', `--method does not know '${text}'`, {
      hint: 'GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS.',
    });
  return method;
}
