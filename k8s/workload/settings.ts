/** Reads the process environment once; every problem is reported, all on one line. The variables: main.ts. */
import { HarnessError, usageError } from '../../harness/errors/harness-error.ts';
import { type BehaviourDocument, NO_INJECTION, parseBehaviour } from './behaviour-document.ts';
import { type FlagSettings, readFlagSettings } from './flags/flag-settings.ts';

export interface UpstreamTarget {
  readonly name: string;
  readonly hostname: string;
  readonly port: number;
  /** Path and query. */
  readonly path: string;
}

export interface Settings {
  readonly service: string;
  readonly version: string;
  readonly pod: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Nobody asked for that port: where it is taken, any free one will do. */
  readonly portIsDefault: boolean;
  /** Beside `port`, without it. */
  readonly morePorts: readonly number[];
  /** Undefined listens on every address. */
  readonly listenAddress: string | undefined;
  readonly upstreams: readonly UpstreamTarget[];
  readonly upstreamTimeoutMs: number;
  readonly onUpstreamFailure: 'fail' | 'degrade';
  readonly drainMs: number;
  readonly shutdownMs: number;
  readonly admin: boolean;
  readonly behaviour: BehaviourDocument;
  /** Undefined: nothing is evaluated. */
  readonly flags: FlagSettings | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_PORT = 9080;
const PREFIX = 'CANARYPROOF_';

/**
 * CANARYPROOF_SERVICE is set by whoever put the stand-in in the place of an image. Then the plain ones are the
 * replaced program's, and none of them is read: PORT, VERSION or ADMIN may mean anything there. Otherwise both are read.
 */
function ownVariables(environment: Environment): Environment {
  const prefixed = Object.entries(environment).filter(([name]) => name.startsWith(PREFIX));
  const own = Object.fromEntries(prefixed.map(([name, value]) => [name.slice(PREFIX.length), value]));
  return 'SERVICE' in own ? { HOSTNAME: environment.HOSTNAME, ...own } : { ...environment, ...own };
}

/**
 * @param hostname the machine's name, used as pod name when neither POD_NAME nor HOSTNAME is set.
 * @throws HarnessError WORKLOAD_BAD_SETTINGS (exit 2) naming every bad variable.
 */
export function readSettings(given: Environment, hostname: string): Settings {
  const environment = ownVariables(given);
  const problems: string[] = [];
  const attempt = <T>(fallback: T, read: () => T): T => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      problems.push(error.message);
      return fallback;
    }
  };
  const text = (name: string) => environment[name]?.trim() || undefined;
  const required = (name: string) => attempt('', () => text(name) ?? refuse(`${name} is not set`));
  const whole = (name: string, fallback: number, max: number) =>
    attempt(fallback, () => readWhole(name, text(name), fallback, max));
  const oneOf = <T extends string>(name: string, choices: readonly [T, ...T[]]): T =>
    attempt(choices[0], () => {
      const value = text(name) ?? choices[0];
      return (
        choices.find((choice) => choice === value) ??
        refuse(`${name} must be ${choices.join(' or ')}, not ${quote(value)}`)
      );
    });
  const behaviour = text('BEHAVIOUR');
  const named = { service: required('SERVICE'), version: required('VERSION') };
  const ports = attempt([], () => readPorts(text('PORTS') ?? ''));
  const port = whole('PORT', ports[0] ?? DEFAULT_PORT, 65_535);
  const settings: Settings = {
    ...named,
    pod: text('POD_NAME') ?? text('HOSTNAME') ?? hostname,
    port,
    portIsDefault: text('PORT') === undefined && ports.length === 0,
    morePorts: ports.filter((one) => one !== port),
    listenAddress: text('LISTEN_ADDRESS'),
    upstreams: attempt([], () => readUpstreams(text('UPSTREAMS') ?? '')),
    upstreamTimeoutMs: whole('UPSTREAM_TIMEOUT_MS', 5_000, 600_000),
    onUpstreamFailure: oneOf('ON_UPSTREAM_FAILURE', ['fail', 'degrade']),
    drainMs: whole('DRAIN_MS', 4_000, 600_000),
    shutdownMs: whole('SHUTDOWN_MS', 5_000, 600_000),
    admin: oneOf('ADMIN', ['on', 'off']) === 'on',
    behaviour: attempt(NO_INJECTION, () => (behaviour ? readBehaviour(behaviour) : NO_INJECTION)),
    flags: attempt(undefined, () => readFlagSettings(text, whole, refuse)),
  };
  if (problems.length === 0) return settings;
  throw bad(problems.join('; '));
}

function readWhole(name: string, text: string | undefined, fallback: number, max: number): number {
  if (text === undefined) return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return value <= max ? value : refuse(`${name} must be a whole number from 0 to ${max}, not ${quote(text)}`);
}

/** Whole numbers from 1 to 65535, separated by commas; each counts once. */
function readPorts(text: string): number[] {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return [...new Set(entries.map((entry) => readWhole('PORTS', entry, 0, 65_535)))].map((port) =>
    port > 0 ? port : refuse('PORTS must hold whole numbers from 1 to 65535, separated by commas'),
  );
}

function readBehaviour(text: string): BehaviourDocument {
  try {
    return parseBehaviour(text, 'BEHAVIOUR');
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    return refuse(`BEHAVIOUR is not valid: ${error.message}`);
  }
}

/** `name=http://host[:port][/path],…`, in the order in which hops are reported. */
function readUpstreams(text: string): UpstreamTarget[] {
  const targets = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(readUpstream);
  const repeated = targets.find(({ name }, index) => targets.findIndex((other) => other.name === name) !== index);
  if (repeated) refuse(`UPSTREAMS names ${quote(repeated.name)} twice`);
  return targets;
}

function readUpstream(entry: string): UpstreamTarget {
  const [, name, address] = /^([^=\s]+)=(.+)$/.exec(entry) ?? [];
  if (name === undefined || address === undefined)
    return refuse(`UPSTREAMS must be name=http://host:port/path, separated by commas, not ${quote(entry)}`);
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'http:' || url.username !== '' || url.password !== '' || url.hash !== '')
    return refuse(`UPSTREAMS: ${quote(name)} must have a plain http:// URL, not ${quote(address)}`);
  return {
    name,
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || 80),
    path: url.pathname + url.search,
  };
}

function quote(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}

function refuse(message: string): never {
  throw bad(message);
}

function bad(message: string): HarnessError {
  return usageError('WORKLOAD_BAD_SETTINGS', message, {
    where: 'environment',
    hint: 'SERVICE and VERSION are required; all variables are described at the top of k8s/workload/main.ts.',
  });
}
