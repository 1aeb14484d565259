/** How this machine is seen from another address. */
import { z } from 'zod';
import type { Run } from './machines/engine.ts';

const routeSchema = z.array(z.object({ prefsrc: z.string().optional() }));

/** The address of this machine from which packets to `target` leave: how that one sees us. */
export async function addressTowards(run: Run, target: string): Promise<string | undefined> {
  const { stdout, exitCode } = await run(['ip', '-json', 'route', 'get', target], { acceptExitCodes: [0, 1, 2] });
  return exitCode === 0 ? routeSchema.safeParse(JSON.parse(stdout)).data?.[0]?.prefsrc : undefined;
}
