/** What the verb `images` asks for and gets: data only. */
import type { ImagesStatus } from '../../../clusters/images/images-status.ts';

export interface ImagesRequest {
  readonly action: 'build' | 'list' | 'load' | 'clean';
  /** Names as `list` shows them; undefined: all. */
  readonly only?: readonly string[];
  readonly componentVersions?: Readonly<Record<string, string>>;
  /** load: into the nodes of this kind cluster instead of the engine. */
  readonly cluster?: string;
  /** clean: everything, and not only what no present image stands on. */
  readonly everything?: boolean;
}

/** What there is afterwards, and what was done. */
export interface ImagesProduct extends ImagesStatus {
  /** Names of what had to be built, and of what had to be loaded. */
  readonly built: readonly string[];
  readonly loaded: readonly string[];
  readonly freedBytes: number;
}
