/** How k6 is called: arguments and a clean environment. Facts: k6 2.2.0, internal/cmd and lib/options.go. */
import { executionSegment, type Segment } from './execution-segment.ts';

export interface K6Files {
  readonly script: string;
  readonly evidencePipe: string;
  /** An empty directory that stands for the user's home. */
  readonly home: string;
}

const COMMON_ARGUMENTS = [
  'run',
  '--no-usage-report',
  '--no-color',
  // Off by default since 2.0; before, every k6 wanted the same port.
  '--address=',
  '--log-output=stderr',
  // Lines of console.log as they are: no time stamp, level or quoting around each (and k6's own without its fields,
  // which is why the scenario tells the reasons of failures itself).
  '--log-format=raw',
] as const;

export function k6Arguments(files: K6Files): readonly string[] {
  return [...COMMON_ARGUMENTS, `--console-output=${files.evidencePipe}`, files.script];
}

/** In a pod evidence goes with k6's own lines to the container's log: a named pipe does not leave the pod. */
export function k6JobArguments(script: string, segment?: Segment): readonly string[] {
  if (segment === undefined) return [...COMMON_ARGUMENTS, script];
  const part = executionSegment(segment);
  return [
    ...COMMON_ARGUMENTS,
    `--execution-segment=${part.executionSegment}`,
    `--execution-segment-sequence=${part.executionSegmentSequence}`,
    script,
  ];
}

/** Milliseconds that a load may take at most, for whoever runs it elsewhere and may outlive us. k6 itself reads it not. */
export const LOAD_LIMIT_VARIABLE = 'CANARYPROOF_LOAD_LIMIT_MS';

/** Among how many generators whoever runs the load elsewhere shares it; he tells of each. k6 itself reads it not. */
export const LOAD_SHARED_VARIABLE = 'CANARYPROOF_LOAD_SHARED_BY';

/** What k6 may know of the environment. Not K6_* (they override the script's options) and no proxy variables. */
const KEPT = ['PATH', 'LANG', 'TMPDIR', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'GOGC', 'GOMAXPROCS', 'GOMEMLIMIT'];

/**
 * Memory for CPU: a generator that collects garbage less often disturbs what it measures less. The soft limit keeps a
 * long or wide run from growing without bound (Go collects harder as it is approached).
 */
export const COLLECTOR_SETTINGS = { GOGC: '400', GOMEMLIMIT: '1GiB' } as const;

export function k6Environment(
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
): Readonly<Record<string, string>> {
  const kept = KEPT.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...COLLECTOR_SETTINGS,
    ...Object.fromEntries(kept),
    // Neither settings nor caches of the user: k6 reads $XDG_CONFIG_HOME/k6/config.json.
    HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_CACHE_HOME: home,
    ...ALONE,
  };
}

/** k6 asks nobody. */
const ALONE = {
  // Otherwise k6 may ask a build service for another k6.
  K6_AUTO_EXTENSION_RESOLUTION: 'false',
  K6_NO_USAGE_REPORT: 'true',
} as const;

/** In a container nothing of this machine applies. */
export const K6_JOB_ENVIRONMENT = { ...COLLECTOR_SETTINGS, ...ALONE } as const;
