import { renderAll } from '../../../reports/all-writers.ts';
import { CAPACITY_ASSURANCE } from '../../capacity/search/search-settings.ts';
import { openFastPath } from '../../capacity-trials/fast-path.ts';
import { severalGenerators } from '../../capacity-trials/several-generators.ts';
import { findCapacity } from '../../find-capacity/find-capacity.ts';
import { createK6Runner } from '../../load/k6/k6-runner.ts';
import type { Progress } from '../../ports/progress.ts';
import type { RunProduct } from '../../ports/run-product.ts';
import { readMachineCpu } from '../../process/machine-cpu.ts';
import { pasteable } from '../../process/run-program.ts';
import type { CapacityRequest } from '../traffic-requests.ts';
import { version } from '../version.ts';
import type { World } from '../world.ts';
import { buildK6, endTogether } from './assert-split.ts';
import { findK6 } from './find-k6.ts';
import { probe } from './http-probe.ts';

export async function capacity(world: World, request: CapacityRequest, progress: Progress): Promise<RunProduct> {
  const { signal } = world.interruption;
  const { url, method, headers, connectTimeoutMs, hide, against } = request;
  const found = await findK6(world.env, request.k6);
  const level = CAPACITY_ASSURANCE[request.assurance];
  return findCapacity(
    {
      ...level,
      ...request,
      url: request.shownUrl,
      target: { url, headers },
      against: against && { url: against.shownUrl, target: { url: against.url, headers }, both: against.both },
      width: request.width ?? level.width,
      budgetSeconds: request.budgetSeconds ?? level.budgetSeconds,
      argvPrefix: await endTogether(world),
      reproduce: pasteable(request.command),
      host: { system: world.host.system, cpus: world.host.cpus, memoryBytes: world.host.memoryBytes },
    },
    {
      probe: (arm) => {
        const asked = arm === 'canary' ? against!.url : url;
        return probe({ url: asked, method, headers, timeoutMs: connectTimeoutMs, signal });
      },
      prepareGenerator: async (generatorProgress) => {
        const { path: k6Path, ...component } = found ?? (await buildK6(world, generatorProgress));
        return {
          component: { name: 'k6', ...component },
          createRunner: (logDirectory) =>
            severalGenerators(
              createK6Runner({ k6Path, logDirectory, environment: world.env, hide }),
              request.generators,
              world.now,
            ),
        };
      },
      readCpu: readMachineCpu,
      openFastPath,
      render: renderAll,
      progress,
      ownComponent: { name: 'canaryproof', version, origin: 'this package' },
      now: world.now,
    },
    signal,
  );
}
