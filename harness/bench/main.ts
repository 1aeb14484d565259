/**
 * `npm run bench [-- NAME [OPTION...]]`: one benchmark, or every one in turn. `--help` lists them. Each runs as a program
 * of its own, so that none measures what another one left in memory. Exit 1 when one of them failed, 2 for a name that
 * nobody knows.
 */
import path from 'node:path';
import { execa } from 'execa';
import { EXIT } from '../errors/harness-error.ts';
import { packageRoot } from '../process/package-root.ts';

/** Name -> its file, and what it measures. */
export const BENCHMARKS: Readonly<Record<string, readonly [file: string, what: string]>> = {
  'requests-to-verdict': ['harness/bench/requests-to-verdict.ts', 'requests to a verdict on 90/10, beside rival rules'],
  'statistics-throughput': ['harness/bench/statistics-throughput.ts', 'CPU of one request and of one look'],
  'ten-million': ['harness/bench/ten-million.ts', 'ten million requests to a report, in memory'],
  'long-run': ['harness/bench/long-run.ts', 'the same with the evidence pipe and the samples file'],
  'evidence-path': ['harness/bench/evidence-path.ts', 'CPU of k6 with live evidence and without'],
  'load-path': ['harness/bench/load-path.ts', 'k6, Envoy 90/10 and stand-ins on one machine'],
  stall: [
    'harness/bench/stall.ts',
    'other programs take every processor under load: how long until a gateway answers in time again',
  ],
  'watch-proxies': [
    'harness/bench/watch-proxies.ts',
    'what it costs an Envoy to be asked for its routes, and for their versions alone',
  ],
  'lint-repository': [
    'harness/bench/lint-repository.ts',
    'lint of 1,000 and 4,000 manifests in several shapes, and among 100,000 other files',
  ],
  simulate: ['harness/bench/simulate.ts', 'simulated releases per second, and the compiled judge against the oracle'],
  'simulate-threads': [
    'harness/bench/simulate-threads.ts',
    'simulated releases on threads, their memory, and a request-level simulation at equal time',
  ],
  'cluster-start': ['harness/bench/cluster-start.ts', 'no cluster to ready addons, from a kept base and without'],
  'start-up': ['harness/bench/start-up.ts', 'processor time of --help, and of report RUN_DIR'],
  'stand-in': ['k8s/workload/bench.ts', 'requests that the stand-in answers per CPU second'],
};

async function main([name, ...options]: readonly string[]): Promise<number> {
  if (name === '--help') {
    for (const [known, [, what]] of Object.entries(BENCHMARKS)) console.log(`${known.padEnd(22)} ${what}`);
    return EXIT.passed;
  }
  const chosen = name === undefined ? Object.values(BENCHMARKS) : [BENCHMARKS[name]];
  let failed = false;
  for (const benchmark of chosen) {
    if (!benchmark) {
      console.error(`there is no benchmark '${name}'; known: ${Object.keys(BENCHMARKS).join(', ')}`);
      return EXIT.usage;
    }
    const { exitCode } = await execa(process.execPath, [path.join(packageRoot(), benchmark[0]), ...options], {
      stdio: 'inherit',
      reject: false,
    });
    failed ||= exitCode !== 0;
  }
  return failed ? EXIT.failed : EXIT.passed;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
