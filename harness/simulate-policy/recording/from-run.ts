/** The traffic of an earlier run, and how long its answers took: one of its sample files. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { MeasuredLatency } from '../../../reports/model/simulation/latency.ts';
import { invalidEvidenceError, usageError } from '../../errors/harness-error.ts';
import { readRegularFile } from '../../process/regular-file.ts';
import { answersOf, recordingOfSamples } from './from-samples.ts';
import { binned } from './latency-bins.ts';
import type { RecordedTraffic } from './recording-file.ts';

const SAMPLES = /^samples-(.+)\.jsonl\.gz$/;
/** Unpacked: no text can be longer, and a small file may unpack to any length. */
const MOST_BYTES = 512 * 1024 ** 2 - 64;

/**
 * @param load which one: the name between `samples-` and `.jsonl.gz`; undefined: there is only one
 * @throws HarnessError (exit 2) RUN_DIRECTORY_MISSING, SIMULATION_RUN_LOAD: none, or several, and it is not said which;
 *   (exit 5) RUN_EVIDENCE_DAMAGED; those of recordingOfSamples
 */
export async function recordingOfRun(directory: string, load: string | undefined): Promise<RecordedTraffic> {
  const only = await onlyLoad(directory, load, '--load NAME');
  return recordingOfSamples(await linesOf(samplesFile(directory, only)), `${path.basename(directory)}, load ${only}`);
}

/**
 * Every answer counts, errors as well.
 * @param place a run directory with one load, or one of its sample files
 * @throws HarnessError as recordingOfRun; (exit 2) LATENCY_NEGATIVE: an answer before its request
 */
export async function latencyOfRun(place: string): Promise<MeasuredLatency> {
  const [, named] = SAMPLES.exec(path.basename(place)) ?? [];
  const directory = named === undefined ? place : path.dirname(place);
  const load =
    named ?? (await onlyLoad(directory, undefined, `--latency ${path.basename(directory)}/samples-NAME.jsonl.gz`));
  const from = `${path.basename(directory)}, load ${load}`;
  const took = answersOf(await linesOf(samplesFile(directory, load)), from).map(({ tookMs }) => tookMs);
  const negative = took.findIndex((tookMs) => tookMs < 0);
  if (negative >= 0)
    throw usageError('LATENCY_NEGATIVE', `measured latencies: answer ${negative + 1} took ${took[negative]} ms`, {
      where: from,
    });
  return binned(took, from);
}

const samplesFile = (directory: string, load: string) => path.join(directory, `samples-${load}.jsonl.gz`);

async function onlyLoad(directory: string, load: string | undefined, option: string): Promise<string> {
  const isDirectory = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isDirectory)
    throw usageError('RUN_DIRECTORY_MISSING', 'there is no such run directory', {
      where: directory,
      hint: 'Give the directory that a run named at its end, such as runs/20260102-030405-678-9abcde.',
    });
  const loads = (await readdir(directory)).flatMap((name) => SAMPLES.exec(name)?.[1] ?? []).sort();
  const [only, ...others] = loads.filter((name) => load === undefined || name === load);
  if (only !== undefined && others.length === 0) return only;
  throw usageError(
    'SIMULATION_RUN_LOAD',
    loads.length === 0
      ? 'that run recorded no request'
      : load === undefined
        ? 'that run recorded several loads'
        : `that run recorded no load ${load}`,
    {
      where: directory,
      ...(loads.length === 0
        ? { hint: 'A run that sent requests has files samples-NAME.jsonl.gz; is this a run directory of canaryproof?' }
        : { hint: `Name one without an injected fault, ${option}: ${loads.slice(0, 20).join(', ')}.` }),
    },
  );
}

async function linesOf(file: string): Promise<readonly string[]> {
  try {
    return gunzipSync(await readRegularFile(file, MOST_BYTES), { maxOutputLength: MOST_BYTES })
      .toString('utf8')
      .split('\n');
  } catch (cause) {
    throw invalidEvidenceError('RUN_EVIDENCE_DAMAGED', 'the samples of that load cannot be read', {
      where: file,
      cause,
    });
  }
}
