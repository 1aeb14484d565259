/** Cluster names become names of namespaces, folders and network devices. */
import { InvalidArgumentError } from 'commander';

/** @returns the name as typed @throws InvalidArgumentError (USAGE_INVALID_ARGUMENT, exit 2) */
export function clusterName(value: string): string {
  if (!/^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/.test(value))
    throw new InvalidArgumentError(
      'expected lower-case letters, digits and dashes, at most 32, starting with a letter.',
    );
  return value;
}
