/** What an image is to be made of: data only. Plans are made by image-plans.ts and node-plans.ts, built by build-image.ts. */

/** Debian root file system below an image's own files; `none` for programs that need nothing but themselves. */
export type ImageBase = 'runtime' | 'none';

export interface ImagePlan {
  /** What `canaryproof images` calls it: `istio-proxy`. */
  readonly name: string;
  /** Full references, exactly as manifests and charts name them. */
  readonly tags: readonly string[];
  readonly version: string;
  readonly base: ImageBase;
  readonly files: readonly ImageFile[];
  /** Path in the image -> what the symbolic link there says. */
  readonly links?: Readonly<Record<string, string>>;
  readonly config: ImageConfig;
  /** What it was built from, for people: `pilot-agent 1.31 (Go module istio.io/istio ...)`. */
  readonly parts: readonly string[];
}

export interface ImageFile {
  /** Absolute path in the image. */
  readonly at: string;
  /** Absolute path on this machine; or the text itself. */
  readonly from: string | { readonly text: string };
  /** Of the content. */
  readonly sha256: string;
  readonly executable: boolean;
}

export interface ImageConfig {
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  /** Numeric, so that `runAsNonRoot` can be checked: `1337:1337`. */
  readonly user?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
}

/** The user's own and every container's search path. */
export const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
