/** The components of the last `up`, for whoever comes after it. */
import type { Toolset } from '../../../clusters/toolchain/toolset.ts';

/** The programs that the last `up` made ready, for what is made before and asked afterwards. */
export interface UsedToolset {
  get(): Toolset;
  set(toolset: Toolset): void;
}

/** Empty: `get` before the first `set` is a mistake of the caller and throws TypeError. */
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
