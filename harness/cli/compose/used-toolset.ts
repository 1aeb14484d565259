/** The components of the last `up`, for whoever comes after it. */
import type { Toolset } from '../../../clusters/toolchain/toolset.ts';

export interface UsedToolset {
  get(): Toolset;
  set(toolset: Toolset): void;
}

export function createUsedToolset(): UsedToolset {
  let used: Toolset | undefined;
  return {
    get() {
      if (!used) throw new TypeError('up has not run yet');
      return used;
    },
    set(toolset) {
      used = toolset;
    },
  };
}
