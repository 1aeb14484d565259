/** Which recorded traffic the command line asks for. */
import { usageError } from '../../../errors/harness-error.ts';
import { readHeaders } from '../../talk/request-headers.ts';
import type { RecordedAsk } from '../../traffic-requests.ts';
import type { VerbContext } from '../verb.ts';
import type { Traffic } from './simulate-arguments.ts';

export interface RecordedOptions {
  readonly traffic?: Traffic;
  readonly fromRun?: string;
  readonly load?: string;
  readonly fromPrometheus?: string;
  readonly range?: number;
  readonly select?: string;
  readonly header?: readonly string[];
  readonly headerEnv?: readonly string[];
  readonly record?: string;
}

const DEFAULT_RANGE_MS = 86_400_000;

/** @throws HarnessError (exit 2) SIMULATION_TRAFFIC: several sources; SIMULATION_RECORD_OPTION; those of readHeaders */
export function readRecorded(
  options: RecordedOptions,
  { world, hidden }: Pick<VerbContext, 'world' | 'hidden'>,
): RecordedAsk | undefined {
  const { traffic, fromRun, load, fromPrometheus, range, select, record } = options;
  const named = [
    ...(traffic === undefined ? [] : ['--traffic']),
    ...(fromRun === undefined ? [] : ['--from-run']),
    ...(fromPrometheus === undefined ? [] : ['--from-prometheus']),
  ];
  if (named.length > 1)
    throw usageError('SIMULATION_TRAFFIC', `${named.join(' and ')} both say what the traffic is like`, {
      where: named.join(', '),
      hint: 'Give one of them.',
    });
  const needs = (option: string, of: string) =>
    usageError('SIMULATION_RECORD_OPTION', `${option} is for ${of}`, { where: option });
  if (load !== undefined && fromRun === undefined) throw needs('--load', '--from-run');
  for (const [option, value] of [
    ['--range', range],
    ['--select', select],
    ['--header', options.header],
    ['--header-env', options.headerEnv],
  ] as const)
    if (value !== undefined && fromPrometheus === undefined) throw needs(option, '--from-prometheus');
  if (record !== undefined && fromPrometheus === undefined && fromRun === undefined)
    throw needs('--record', '--from-prometheus and --from-run');
  if (typeof traffic === 'object') return { kind: 'file', file: traffic.file };
  if (fromRun !== undefined) return { kind: 'run', directory: fromRun, load, record };
  if (fromPrometheus === undefined) return undefined;
  return {
    kind: 'prometheus',
    url: checkedUrl(fromPrometheus),
    rangeMs: range ?? DEFAULT_RANGE_MS,
    select,
    headers: readHeaders({ typed: options.header ?? [], fromEnvironment: options.headerEnv ?? [] }, world, hidden),
    record,
  };
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url && url.username === '' && url.password === '' && url.search === '';
  if (isPlain && (url.protocol === 'http:' || url.protocol === 'https:')) return text;
  throw usageError('SIMULATION_PROMETHEUS_URL', 'this is no address of a Prometheus', {
    where: '--from-prometheus',
    hint: 'Write http(s)://host:port, with a path where it lies behind one; credentials go into --header-env.',
  });
}
