/**
 * The environment of every `go` command here: nothing of the user's Go settings decides what is built, except where
 * modules are fetched from. `direct` is taken out of GOPROXY, so that a refusal of the proxy comes back as one clear
 * error instead of an attempt to run git against a source host.
 */
import path from 'node:path';
import type { Architecture } from '../catalogue/recipe.ts';

/**
 * Flags of every Go build; part of the recipe hash. `-s -w` and `-dwarf=false` leave out debug information: linking
 * is shorter and the build cache a fifth smaller (measured on etcd), the programs' text and stack traces are the same.
 */
export const GO_BUILD_FLAGS = ['-trimpath', '-gcflags=all=-dwarf=false'] as const;
export const GO_LINKER_FLAGS = ['-s', '-w'] as const;

/** The user's settings that are kept: how modules are fetched, never what is made of them. */
export const KEPT_GO_SETTINGS = ['GOPROXY', 'GONOPROXY', 'GOSUMDB', 'GONOSUMDB', 'GOPRIVATE', 'GOINSECURE'] as const;
export type KeptGoSettings = Readonly<Record<(typeof KEPT_GO_SETTINGS)[number], string>>;

export interface GoCaches {
  readonly modules: string;
  readonly builds: string;
}

export interface GoPlace {
  readonly goRoot: string;
  readonly caches: GoCaches;
  /** Scratch for everything else that Go writes (GOPATH, telemetry, temporary files). */
  readonly scratch: string;
  readonly architecture: Architecture;
  readonly cores: number;
  /** Lets the compiler collect no garbage below a soft limit, for more memory. */
  readonly roomyMemory: boolean;
}

/** Soft, for each compiler: few packages need more. On helm, with one thread each: 10 to 15 % less CPU than GOGC=400. */
const COMPILER_MEMORY = '1500MiB';

export function goEnvironment(place: GoPlace, settings: KeptGoSettings): Readonly<Record<string, string>> {
  return {
    ...settings,
    GOPROXY: withoutDirect(settings.GOPROXY),
    GOROOT: place.goRoot,
    GOTOOLCHAIN: 'local',
    GOENV: 'off',
    GOWORK: 'off',
    GO111MODULE: 'on',
    GOFLAGS: `-mod=readonly -buildvcs=false -modcacherw -p=${place.cores}`,
    // As many compilers as cores run anyway, in each of two builds: threads within each of them only wait for another.
    GOMAXPROCS: String(Math.max(1, Math.floor(place.cores / 2))),
    GOOS: 'linux',
    GOARCH: place.architecture === 'x64' ? 'amd64' : 'arm64',
    GOAMD64: 'v1',
    GOARM64: 'v8.0',
    GOEXPERIMENT: '',
    GODEBUG: '',
    CGO_ENABLED: '0',
    GOMODCACHE: place.caches.modules,
    GOCACHE: place.caches.builds,
    GOPATH: path.join(place.scratch, 'gopath'),
    GOBIN: '',
    GOTMPDIR: path.join(place.scratch, 'tmp'),
    TMPDIR: path.join(place.scratch, 'tmp'),
    XDG_CONFIG_HOME: path.join(place.scratch, 'config'),
    ...(place.roomyMemory ? { GOGC: 'off', GOMEMLIMIT: COMPILER_MEMORY } : {}),
  };
}

/** `A,direct` -> `A`; a setting that is nothing but `direct` or `off` is the user's explicit wish and stays. */
export function withoutDirect(proxy: string): string {
  const kept = proxy.replace(/(^|[,|])\s*direct\s*(?=$|[,|])/g, '').replace(/^[,|]/, '');
  return kept === '' ? proxy : kept;
}
