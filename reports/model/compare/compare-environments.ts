/** What two runs were measured on and with: provider, versions, what was declared. Only what differs. */
import type { RunReport } from '../run-report.ts';

export interface EnvironmentDifference {
  readonly what: string;
  readonly first: string;
  readonly second: string;
}

const ABSENT = 'absent';

export function compareEnvironments(first: RunReport, second: RunReport): EnvironmentDifference[] {
  const rows: EnvironmentDifference[] = [
    { what: 'subject', first: first.subject.name, second: second.subject.name },
    { what: 'provider', first: first.subject.provider, second: second.subject.provider },
    { what: 'context', first: first.subject.context ?? ABSENT, second: second.subject.context ?? ABSENT },
    {
      what: 'what is declared (hash)',
      first: first.subject.hash.slice(0, 12),
      second: second.subject.hash.slice(0, 12),
    },
    { what: 'machine', first: machine(first), second: machine(second) },
    ...componentRows(first, second),
    {
      what: 'manifest features not enforced',
      first: listed(first.appendix.notEnforced),
      second: listed(second.appendix.notEnforced),
    },
  ];
  return rows.filter((row) => row.first !== row.second);
}

function componentRows(first: RunReport, second: RunReport): EnvironmentDifference[] {
  const names = [...new Set([...first.components, ...second.components].map(({ name }) => name))];
  return names.map((name) => ({ what: name, first: versionOf(first, name), second: versionOf(second, name) }));
}

/** The same version from another origin (an own build, an image) is a difference too. */
function versionOf(report: RunReport, name: string): string {
  const found = report.components.find((one) => one.name === name);
  return found === undefined ? ABSENT : `${found.version}, ${found.origin}`;
}

function machine({ run: { host } }: RunReport): string {
  return `${host.system}, ${host.cpus} CPUs, ${Math.round(host.memoryBytes / 2 ** 30)} GiB`;
}

function listed(features: readonly string[]): string {
  return features.length === 0 ? 'none' : features.toSorted().join('; ');
}
