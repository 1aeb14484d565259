/** Finds the network namespace of a pod by its address, as a path that the host's `nsenter` can open. */
import { readdir } from 'node:fs/promises';
import { environmentError } from '../../harness/errors/harness-error.ts';
import { runProgram } from '../../harness/process/run-program.ts';

interface Link {
  readonly addr_info?: readonly { readonly local?: string }[];
}

/**
 * @param initPid the node's init as the host sees it
 * @throws HarnessError POD_NAMESPACE_MISSING when no sandbox has that address
 */
export async function podNetworkNamespace(initPid: number, podIp: string): Promise<string> {
  const directory = `/proc/${initPid}/root/run/netns`;
  for (const name of await readdir(directory)) {
    const file = `${directory}/${name}`;
    const listed = await runProgram(['nsenter', `--net=${file}`, 'ip', '-json', 'addr'], { acceptExitCodes: [0, 1] });
    if (listed.exitCode !== 0) continue;
    const links = JSON.parse(listed.stdout) as readonly Link[];
    if (links.some((link) => link.addr_info?.some((address) => address.local === podIp))) return file;
  }
  throw environmentError('POD_NAMESPACE_MISSING', `no running pod of the cluster has address ${podIp}`, {
    hint: 'The pod may just have been replaced; run the command again.',
  });
}
