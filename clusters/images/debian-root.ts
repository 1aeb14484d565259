/**
 * Root file systems of Debian packages, made by mmdebstrap as one tar file each. Suite and packages are pinned by
 * name; which versions they resolved to is read back and kept beside the tar.
 */
import { createHash } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { environmentError } from '../../harness/errors/harness-error.ts';
import { ProgramError, runProgram } from '../../harness/process/run-program.ts';
import { type Layer, readLayer, recordLayer } from './layer.ts';
import { requireMmdebstrap } from './require-mmdebstrap.ts';

export interface RootPlan {
  readonly name: 'runtime' | 'node';
  readonly packages: readonly string[];
  /** Shell script that mmdebstrap runs with the root as its argument, before the tar is written. */
  readonly finish?: string;
}

/** kind's own images are newer; bookworm's systemd still runs on cgroup v1, and its containerd on any kernel. */
const SUITE = 'bookworm';
const LEFT_OUT = ['/usr/share/man/*', '/usr/share/doc/*', '/usr/share/locale/*', '/usr/share/info/*'];

/** What every image but the static ones stands on: libraries, a shell, and the tools that their programs call. */
export const RUNTIME_ROOT: RootPlan = {
  name: 'runtime',
  packages: [
    'ca-certificates',
    'conntrack', // kube-proxy
    'curl', // for people who look into a container
    'git', // Argo CD's repo-server
    'iproute2',
    'iptables', // istio-iptables, kube-proxy
    'kmod',
    'libstdc++6', // Node
    'nftables', // the CNI daemon
    'tini', // Argo CD
  ],
};

/** Raise when the way of making a root changes what is in it. */
const METHOD = 1;

/** 64 hexadecimal digits: the same for the same plan. */
export function rootHash(plan: RootPlan, architecture: string): string {
  const inputs = { METHOD, SUITE, LEFT_OUT, architecture, packages: [...plan.packages].sort(), finish: plan.finish };
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex');
}

export interface RootPlace {
  /** Where finished roots are kept. */
  readonly directory: string;
  readonly architecture: string;
  /** Of a mirror to be used instead of Debian's own. */
  readonly mirror: string | undefined;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** The root as a layer, made if it is not there. @throws HarnessError IMAGE_TOOL_MISSING, DEBIAN_ROOT_FAILED */
export async function debianRoot(plan: RootPlan, place: RootPlace): Promise<Layer> {
  const key = `${plan.name}-${rootHash(plan, place.architecture).slice(0, 12)}`;
  const found = await readLayer(place.directory, key);
  if (found !== undefined) return found;
  await mkdir(place.directory, { recursive: true });
  await requireMmdebstrap(place.say);
  const unfinished = path.join(place.directory, `${key}.unfinished.tar`);
  const script = path.join(place.directory, `${key}.unfinished.sh`);
  await writeFile(script, plan.finish ?? '#!/bin/sh\n', { mode: 0o755 });
  const argv: [string, ...string[]] = [
    'mmdebstrap',
    '--variant=essential',
    `--include=${plan.packages.join(',')}`,
    ...LEFT_OUT.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
    // a root that was lost with the power is made again: no package has to reach the disk before the next
    '--dpkgopt=force-unsafe-io',
    '--aptopt=Acquire::Languages "none"',
    `--customize-hook=${script}`,
    SUITE,
    unfinished,
    ...(place.mirror === undefined ? [] : [place.mirror]),
  ];
  try {
    await runProgram(argv, {
      signal: place.signal,
      env: { SOURCE_DATE_EPOCH: '0' },
      onLine: (line) => {
        const [, doing] = /^I: (.+?)\.*$/.exec(line) ?? [];
        if (doing !== undefined) place.say(doing);
      },
    });
  } catch (error) {
    await rm(unfinished, { force: true });
    throw explainFailure(plan, error, place.signal);
  } finally {
    await rm(script, { force: true });
  }
  const contains = await debianPackages(unfinished);
  const finished = path.join(place.directory, `${key}.tar`);
  await rename(unfinished, finished);
  return recordLayer(place.directory, key, contains);
}

function explainFailure(plan: RootPlan, error: unknown, signal: AbortSignal): unknown {
  if (!(error instanceof ProgramError) || signal.aborted) return error;
  return environmentError(
    'DEBIAN_ROOT_FAILED',
    `the ${plan.name} root could not be made from packages: ${error.message}`,
    {
      hint: 'Is a Debian mirror reachable? CANARYPROOF_DEBIAN_MIRROR names another one.',
      cause: error,
    },
  );
}

/** `git 1:2.39.5-0+deb12u2`, sorted, from dpkg's own records in the tar. */
async function debianPackages(tar: string): Promise<readonly string[]> {
  const { stdout } = await runProgram(['tar', '-xOf', tar, './var/lib/dpkg/status']);
  return parsePackages(stdout);
}

export function parsePackages(status: string): readonly string[] {
  return status
    .split('\n\n')
    .flatMap((paragraph) => {
      const name = /^Package: (.+)$/m.exec(paragraph)?.[1];
      const version = /^Version: (.+)$/m.exec(paragraph)?.[1];
      return name === undefined || version === undefined ? [] : [`${name} ${version}`];
    })
    .sort();
}
