/**
 * CPU and memory of a container, summed over all its processes. They are found through the container's own /proc,
 * which lists the processes of its pid namespace and no others.
 */
import { readdir, readFile } from 'node:fs/promises';

export interface ProcessUsage {
  /** User and system time of the process and of the children it has waited for, in clock ticks. */
  readonly cpuTicks: number;
  /** Memory that is its own: anonymous and shared memory, no program text. */
  readonly ownBytes: number;
  /** Everything resident. */
  readonly residentBytes: number;
  readonly pageFaults: number;
  readonly majorPageFaults: number;
}

export interface ContainerUsage extends ProcessUsage {
  readonly processCount: number;
}

/** USER_HZ, the unit of /proc/PID/stat: 100 on every Linux architecture that Node runs on. */
export const TICKS_PER_SECOND = 100;
const KIBIBYTE = 1024;

/** @returns undefined when the text is cut off: the process ended while it was read */
export function parseProcessUsage(stat: string, status: string): ProcessUsage | undefined {
  // The name, in brackets, may hold spaces and brackets itself; fields count from 3 after the last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  const cpuTicks = field(14) + field(15) + field(16) + field(17);
  if (Number.isNaN(cpuTicks)) return undefined;
  const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
  return {
    cpuTicks,
    ownBytes: (kibibytes('RssAnon') + kibibytes('RssShmem')) * KIBIBYTE,
    residentBytes: kibibytes('VmRSS') * KIBIBYTE,
    pageFaults: field(10),
    majorPageFaults: field(12),
  };
}

export function sumUsage(processes: readonly ProcessUsage[]): ContainerUsage {
  const sum = (pick: (usage: ProcessUsage) => number) => processes.reduce((total, usage) => total + pick(usage), 0);
  return {
    processCount: processes.length,
    cpuTicks: sum((usage) => usage.cpuTicks),
    ownBytes: sum((usage) => usage.ownBytes),
    residentBytes: sum((usage) => usage.residentBytes),
    pageFaults: sum((usage) => usage.pageFaults),
    majorPageFaults: sum((usage) => usage.majorPageFaults),
  };
}

/**
 * @param ownNamespace whether the container has a pid namespace of its own; else its process tree is walked
 * @returns sums over the processes that are alive; zero when the container has ended
 */
export async function readContainerUsage(pid: number, ownNamespace: boolean): Promise<ContainerUsage> {
  const directories = ownNamespace ? await namespaceProcesses(pid) : await processTree(pid);
  const usages = await Promise.all(directories.map(readProcessUsage));
  return sumUsage(usages.filter((usage) => usage !== undefined));
}

async function namespaceProcesses(pid: number): Promise<string[]> {
  const proc = `/proc/${pid}/root/proc`;
  const entries = await readdir(proc).catch(() => []);
  return entries.filter((name) => /^\d+$/.test(name)).map((name) => `${proc}/${name}`);
}

async function processTree(pid: number): Promise<string[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const below = await Promise.all(
    children
      .split(' ')
      .filter(Boolean)
      .map((child) => processTree(Number(child))),
  );
  return [`/proc/${pid}`, ...below.flat()];
}

async function readProcessUsage(directory: string): Promise<ProcessUsage | undefined> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`${directory}/stat`, 'utf8'),
      readFile(`${directory}/status`, 'utf8'),
    ]);
    return parseProcessUsage(stat, status);
  } catch {
    return undefined; // it ended meanwhile
  }
}

/** Bytes and errors of one network device, from the text of /proc/PID/net/dev. */
export function parseNetworkUsage(text: string, device: string) {
  const line = text.split('\n').find((candidate) => candidate.trimStart().startsWith(`${device}:`));
  if (line === undefined) return undefined;
  const fields = line
    .slice(line.indexOf(':') + 1)
    .trim()
    .split(/\s+/)
    .map(Number);
  return { rxBytes: fields[0] ?? 0, rxErrors: fields[2] ?? 0, txBytes: fields[8] ?? 0, txErrors: fields[10] ?? 0 };
}
