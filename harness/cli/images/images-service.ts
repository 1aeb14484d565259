/** What the verb `images` asks for and gets: data only. */

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

export interface ImageRow {
  readonly name: string;
  readonly tags: readonly string[];
  readonly version: string;
  readonly id: string;
  readonly bytes: number;
  readonly origin: string;
  readonly where: readonly ('cache' | 'engine')[];
}

export interface ImagesProduct {
  readonly images: readonly ImageRow[];
  readonly cacheDirectory: string;
  readonly cacheBytes: number;
  /** Undefined where no engine answers. */
  readonly engineVersion: string | undefined;
  /** Names of what had to be built, and of what had to be loaded. */
  readonly built: readonly string[];
  readonly loaded: readonly string[];
  readonly freedBytes: number;
}
