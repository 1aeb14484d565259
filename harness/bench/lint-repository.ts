/**
 * `lint` on repositories of many manifests in several shapes, without Helm and Kustomize: seconds and resident memory of the
 * whole program, and how both grow.
 * Limits of issue 13: 1,000 manifests in 3 s and 300 MB. Usage: node harness/bench/lint-repository.ts [manifests…]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packageRoot } from '../process/package-root.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { type MadeFile, SHAPES } from '../testkit/repositories/lint-shapes.ts';

const OTHER_FILES = 100_000;
/** Tells, when the process ends, the most memory that it had in kB and its CPU time in microseconds. */
const RESIDENT = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => { const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage(); process.stderr.write('resident ' + maxRSS + ' cpu ' + (userCPUTime + systemCPUTime) + '\\n'); });",
)}`;

function repository(files: readonly MadeFile[], others: number): string {
  const root = mkdtempSync(path.join(tmpdir(), 'canaryproof-bench-lint-'));
  for (const { path: file, text } of files) {
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  for (let index = 0; index < others; index += 1) {
    const folder = path.join(root, 'source', String(Math.floor(index / 1000)));
    if (index % 1000 === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `${index}.txt`), '');
  }
  execFileSync('git', ['-C', root, 'init', '--quiet']);
  return root;
}

async function measure(title: string, files: readonly MadeFile[], others: number): Promise<void> {
  const root = repository(files, others);
  try {
    const started = performance.now();
    const argv = [
      '--import',
      RESIDENT,
      path.join(packageRoot(), 'harness', 'cli', 'main.ts'),
      'lint',
      '-q',
      '-o',
      'json',
      root,
    ];
    const { stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
    const seconds = (performance.now() - started) / 1000;
    const [, resident, cpu] = /resident (\d+) cpu (\d+)/.exec(stderr) ?? [];
    const [residentMb, cpuSeconds] = [Number(resident) / 1000, Number(cpu) / 1_000_000];
    const objects = (JSON.parse(stdout) as { units: { objects: number }[] }).units.reduce(
      (sum, one) => sum + one.objects,
      0,
    );
    console.log(
      `${title}: ${objects} objects judged in ${seconds.toFixed(2)} s (${cpuSeconds.toFixed(2)} s of CPU), at most ${residentMb.toFixed(0)} MB resident`,
    );
  } finally {
    await removeOwnTree(root);
  }
}

const asked = process.argv.slice(2).map(Number);
for (const [name, shape] of Object.entries(SHAPES))
  for (const manifests of asked.length > 0 ? asked : [1000, 4000])
    await measure(`${name}, about ${manifests} manifests`, shape(manifests), 0);
await measure(`${OTHER_FILES} other files beside 30 manifests`, SHAPES.teams!(30), OTHER_FILES);
