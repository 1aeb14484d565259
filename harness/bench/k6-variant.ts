/** Runs k6 once with one way of getting evidence out, and measures what that costs k6 and the reader. */
import { closeSync, constants, openSync, readSync, writeFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { parseEvidenceLine } from '../load/evidence/evidence-line.ts';
import { openEvidencePipe } from '../load/evidence/evidence-pipe.ts';
import { LineSplitter } from '../load/evidence/line-splitter.ts';
import { bundleScenario, packagedScenario } from '../load/k6/bundle-scenario.ts';
import { cpuSecondsOf } from '../load/k6/generator-process.ts';
import { parseProgressLine } from '../load/k6/k6-books.ts';
import { COLLECTOR_SETTINGS, k6Arguments, k6Environment } from '../load/k6/k6-command.ts';
import { targetEnvironment } from '../load/k6/scenario-values.ts';
import type { LoadRequest } from '../ports/load.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { endedChildrenCpuSeconds } from './children-cpu.ts';

/** `bare` is k6 as anybody calls it, without evidence; `bare-same-gc` has the runner's collector settings too; `pipe` is what the runner does; then the alternatives. */
export type Way = 'bare' | 'bare-same-gc' | 'pipe' | 'stderr' | 'file' | 'json';

export interface Cost {
  readonly way: Way;
  readonly requests: number;
  /** Evidence lines read back (samples; for `json` all lines). */
  readonly lines: number;
  readonly droppedIterations: number;
  readonly wallSeconds: number;
  /** With start-up: compiling the script and initialising the VUs. */
  readonly k6CpuSeconds: number;
  /** Per request once it runs, between the second and the last of k6's progress lines (one a second). */
  readonly k6SteadyCpuSeconds: number;
  readonly readerCpuSeconds: number;
}

export async function measure(way: Way, k6Path: string, request: LoadRequest): Promise<Cost> {
  const directory = await mkdtemp(path.join(tmpdir(), 'canaryproof-bench-'));
  const evidenceFile = path.join(directory, 'evidence');
  const script = path.join(directory, 'script.js');
  const scenario = way === 'pipe' || way === 'stderr' || way === 'file' ? 'traffic-split' : 'traffic-bare';
  await writeFile(script, (await bundleScenario({ scenarioFile: packagedScenario(scenario), request })).script);
  let lines = 0;
  let dropped = 0;
  const splitter = new LineSplitter((text) => {
    if (way === 'json') {
      lines += 1;
      return;
    }
    const line = parseEvidenceLine(text);
    if (line.kind === 'sample') lines += 1;
    if (line.kind === 'summary') dropped = line.summary.droppedIterations;
  }, 'latin1');
  const source = way === 'file' ? growingFile(evidenceFile) : await openEvidencePipe(evidenceFile);
  try {
    const cpuBefore = endedChildrenCpuSeconds();
    const readerBefore = process.cpuUsage();
    const started = performance.now();
    source.start((bytes) => splitter.push(bytes));
    let requests = 0;
    const child = execa(
      k6Path,
      argumentsFor(way, k6Arguments({ script, evidencePipe: evidenceFile, home: directory })),
      {
        buffer: false,
        stdin: 'ignore',
        extendEnv: false,
        env: { ...environmentFor(way, k6Environment(process.env, directory)), ...targetEnvironment(request) },
      },
    );
    const marks: { readonly requests: number; readonly cpuSeconds: number }[] = [];
    const progress = new LineSplitter((line) => {
      const counts = parseProgressLine(line);
      if (counts === undefined) return;
      requests = counts.complete;
      const cpuSeconds = cpuSecondsOf(child.pid ?? 0);
      // The last progress line comes when k6 ends and has nothing left to count.
      if (cpuSeconds !== undefined && requests > (marks.at(-1)?.requests ?? 0)) marks.push({ requests, cpuSeconds });
    });
    child.stdout.on('data', (bytes: Buffer) => progress.push(bytes));
    child.stderr.on('data', (bytes: Buffer) => (way === 'stderr' ? splitter.push(bytes) : undefined));
    await child;
    source.drain();
    const wallSeconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(readerBefore);
    return {
      way,
      requests,
      lines,
      droppedIterations: dropped,
      wallSeconds,
      k6CpuSeconds: endedChildrenCpuSeconds() - cpuBefore,
      k6SteadyCpuSeconds: steady(marks),
      readerCpuSeconds: (user + system) / 1e6,
    };
  } finally {
    source.close();
    await removeOwnTree(directory);
  }
}

function environmentFor(way: Way, environment: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.keys(COLLECTOR_SETTINGS);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => way !== 'bare' || !own.includes(name)));
}

function steady(marks: readonly { readonly requests: number; readonly cpuSeconds: number }[]): number {
  const [from, to] = [marks[1], marks.at(-1)];
  if (from === undefined || to === undefined || to.requests <= from.requests) return Number.NaN;
  return (to.cpuSeconds - from.cpuSeconds) / (to.requests - from.requests);
}

function argumentsFor(way: Way, args: readonly string[]): readonly string[] {
  const console = args.findIndex((word) => word.startsWith('--console-output='));
  if (way === 'stderr') return args.toSpliced(console, 1);
  if (way === 'json') return args.with(console, args[console]!.replace('--console-output=', '--out=json='));
  return args;
}

/** A plain file read on the same timer as the pipe. */
function growingFile(file: string) {
  writeFileSync(file, '');
  const descriptor = openSync(file, constants.O_RDONLY);
  const buffer = Buffer.allocUnsafe(65_536);
  let timer: NodeJS.Timeout | undefined;
  let deliver: (bytes: Buffer) => void = () => undefined;
  const drain = (): void => {
    for (let length = readSync(descriptor, buffer); length > 0; length = readSync(descriptor, buffer))
      deliver(buffer.subarray(0, length));
  };
  return {
    start(onBytes: (bytes: Buffer) => void) {
      deliver = onBytes;
      timer = setInterval(drain, 20);
    },
    drain,
    close() {
      clearInterval(timer);
      closeSync(descriptor);
    },
  };
}
