/** Connects `toolchain` with the cache of built programs. */
import { parseComponentRequest } from '../../../../clusters/toolchain/selection.ts';
import type { Progress } from '../../../ports/progress.ts';
import type { ToolchainProduct, ToolchainRequest } from '../../record-requests.ts';
import type { World } from '../../world.ts';
import { toolchainOf } from '../components.ts';

/** @throws HarnessError COMPONENT_* and TOOLCHAIN_NOTHING_TO_EXPORT (exit 2); TOOLCHAIN_FILE_*, CACHE_* (exit 3) */
export async function toolchain(
  world: World,
  request: ToolchainRequest,
  progress: Progress,
): Promise<ToolchainProduct> {
  const cache = toolchainOf(world, progress);
  const step = progress.step(`${request.action} ${request.file}`);
  try {
    if (request.action === 'export') {
      const product = await cache.exportTo(request.file, request.components.map(parseComponentRequest));
      step.done(`${product.components.length} components`);
      return { action: 'export', ...product };
    }
    const product = await cache.importFrom(
      request.file,
      request.sha256 === undefined ? {} : { sha256: request.sha256 },
    );
    step.done(`${product.installed.length} components installed`);
    return { action: 'import', file: request.file, ...product };
  } catch (error) {
    step.fail(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
    throw error;
  }
}
