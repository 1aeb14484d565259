/** Where `simulate` gets recorded traffic from: a file, an earlier run, or a Prometheus, which is written to a file first. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { usageError } from '../../../errors/harness-error.ts';
import { queryPrometheusRange } from '../../../evidence/prometheus-client.ts';
import type { Progress } from '../../../ports/progress.ts';
import { writeFileAtomic } from '../../../process/atomic-file.ts';
import type { Profile } from '../../../profile/profile.ts';
import { findRollout } from '../../../simulate-policy/find-rollout.ts';
import { recordingOfPrometheus, selectorOf } from '../../../simulate-policy/recording/from-prometheus.ts';
import { recordingOfRun } from '../../../simulate-policy/recording/from-run.ts';
import {
  parseRecording,
  type RecordedTraffic,
  recordingText,
} from '../../../simulate-policy/recording/recording-file.ts';
import type { RenderPrograms } from '../../../units/unit-model.ts';
import type { RecordedAsk, SimulateRequest } from '../../traffic-requests.ts';
import type { World } from '../../world.ts';

const DEFAULT_SCRAPE_MS = 15_000;
const DEFAULT_FILE = 'recorded-traffic.json';
const MOST_WARNINGS = 10;
const LONGEST_WARNING = 300;

/** Undefined where none was asked for. @throws HarnessError as parseRecording, recordingOfRun, recordingOfPrometheus */
export async function readTraffic(
  world: World,
  { ask, recorded }: Pick<SimulateRequest, 'ask' | 'recorded'>,
  source: Profile | string,
  { programs, progress }: { readonly programs: RenderPrograms; readonly progress: Progress },
): Promise<RecordedTraffic | undefined> {
  if (recorded === undefined) return undefined;
  const at = (file: string) => path.resolve(world.cwd, file);
  if (recorded.kind === 'file') return parseRecording(await textOf(at(recorded.file)), recorded.file);
  const target = recorded.record ?? (recorded.kind === 'prometheus' ? DEFAULT_FILE : undefined);
  if (target !== undefined) await requireFree(at(target), target);
  const traffic =
    recorded.kind === 'run'
      ? await recordingOfRun(at(recorded.directory), recorded.load)
      : await fromPrometheus(world, recorded, {
          selector: recorded.select ?? (await selectorFor(ask, source, programs)),
          intervalMs: ask.scrapeIntervalMs ?? blockOf(source)?.scrapeIntervalMs ?? DEFAULT_SCRAPE_MS,
        });
  if (target === undefined) return traffic;
  const text = recordingText(traffic);
  await writeFileAtomic(at(target), text);
  progress.note(
    `recorded ${traffic.requests.length} intervals to ${target}; --traffic ${target} simulates on it again`,
  );
  // what a later run will read is what is simulated now
  return parseRecording(text, target);
}

const blockOf = (source: Profile | string) => (typeof source === 'string' ? undefined : source.simulation);

async function selectorFor(
  { rollout, unit }: SimulateRequest['ask'],
  source: Profile | string,
  programs: RenderPrograms,
): Promise<string> {
  const block = blockOf(source);
  const asked = { source, rollout: rollout ?? block?.rollout, unit: unit ?? block?.unit };
  const found = await findRollout(asked, programs);
  return selectorOf(found.rollout.name, found.rollout.namespace);
}

/** With what Prometheus warned of: an answer may lack what a store that was away knows. */
async function fromPrometheus(
  world: World,
  { url, rangeMs, headers }: Extract<RecordedAsk, { readonly kind: 'prometheus' }>,
  what: { readonly selector: string; readonly intervalMs: number },
): Promise<RecordedTraffic> {
  const { origin, pathname } = new URL(url);
  const base = `${origin}${pathname.replace(/\/$/, '')}`;
  const { signal } = world.interruption;
  const warnings = new Set<string>();
  const warned = (warning: string) => warnings.add(`Prometheus warned: ${warning.slice(0, LONGEST_WARNING)}`);
  const traffic = await recordingOfPrometheus(
    { ...what, endMs: world.now(), rangeMs, from: `${what.selector} at ${base}` },
    (query, range) => queryPrometheusRange(url.replace(/\/$/, ''), query, range, signal, headers, warned),
  );
  const all = [...(traffic.warnings ?? []), ...warnings].slice(0, MOST_WARNINGS);
  return all.length === 0 ? traffic : { ...traffic, warnings: all };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw usageError('SIMULATION_RECORDING', 'the recording cannot be read', {
      where: file,
      hint: 'Make one with --from-prometheus URL --record FILE, or with --from-run DIRECTORY --record FILE.',
      cause,
    });
  }
}

async function requireFree(file: string, name: string): Promise<void> {
  const isThere = await stat(file).then(
    () => true,
    () => false,
  );
  if (isThere)
    throw usageError('SIMULATION_RECORD_EXISTS', 'there is a file already where the recording would go', {
      where: file,
      hint: `--traffic ${name} simulates on it; --record names another file.`,
    });
}
