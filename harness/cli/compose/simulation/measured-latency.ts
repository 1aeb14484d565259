/** Where `simulate` gets measured latencies from: a file with bins or samples, or an earlier run. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { MeasuredLatency } from '../../../../reports/model/simulation/latency.ts';
import { usageError } from '../../../errors/harness-error.ts';
import { readRegularFile } from '../../../process/regular-file.ts';
import { latencyOfRun } from '../../../simulate-policy/recording/from-run.ts';
import { parseLatency } from '../../../simulate-policy/recording/latency-file.ts';
import type { SimulationAsk } from '../../../simulate-policy/settings.ts';
import type { SimulateRequest } from '../../traffic-requests.ts';
import type { World } from '../../world.ts';

const MOST_BYTES = 64 * 1024 ** 2;

/** What was asked, with the latencies that were measured in it. @throws HarnessError (exit 2) as parseLatency, latencyOfRun; LATENCY_FILE */
export async function withLatencies(
  { cwd }: Pick<World, 'cwd'>,
  { ask, measured: { good, bad } }: Pick<SimulateRequest, 'ask' | 'measured'>,
): Promise<SimulationAsk> {
  const latency = good === undefined ? ask.latency : await readLatency(cwd, good);
  const [first, ...others] = ask.bad;
  if (bad === undefined || first === undefined) return { ...ask, latency };
  return { ...ask, latency, bad: [{ ...first, latency: await readLatency(cwd, bad) }, ...others] };
}

async function readLatency(cwd: string, named: string): Promise<MeasuredLatency> {
  const place = path.resolve(cwd, named);
  const isDirectory = await stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isDirectory || named.endsWith('.jsonl.gz')) return latencyOfRun(place);
  return parseLatency(await textOf(place, named), named);
}

async function textOf(place: string, named: string): Promise<string> {
  try {
    return (await readRegularFile(place, MOST_BYTES)).toString('utf8');
  } catch (cause) {
    if (cause instanceof RangeError)
      throw usageError('LATENCY_TOO_LARGE', `measured latencies: the file has more than ${MOST_BYTES} bytes`, {
        where: named,
        hint: 'Give bins, a count each, in place of samples.',
      });
    throw usageError('LATENCY_FILE', 'measured latencies: the file cannot be read', { where: named, cause });
  }
}
