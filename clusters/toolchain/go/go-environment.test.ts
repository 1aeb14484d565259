import { describe, expect, it } from 'vitest';
import { goEnvironment, withoutDirect } from './go-environment.ts';

describe('withoutDirect', () => {
  it.each([
    ['https://proxy.example,direct', 'https://proxy.example'],
    ['https://a.example|https://b.example,direct', 'https://a.example|https://b.example'],
    ['direct,https://a.example', 'https://a.example'],
    ['https://direct.example', 'https://direct.example'],
    ['https://a.example', 'https://a.example'],
    ['direct', 'direct'],
    ['off', 'off'],
  ])('%s -> %s', (proxy, expected) => {
    expect(withoutDirect(proxy)).toBe(expected);
  });
});

describe('goEnvironment', () => {
  const settings = { GOPROXY: 'https://a.example,direct', GONOPROXY: '', GOSUMDB: 'sums.example', GONOSUMDB: '' };
  const place = {
    goRoot: '/go',
    caches: { modules: '/m', builds: '/b' },
    scratch: '/s',
    cores: 2,
    roomyMemory: false,
  } as const;

  it('lets no setting of the user decide what is built', () => {
    const env = goEnvironment({ ...place, architecture: 'arm64' }, { ...settings, GOPRIVATE: '', GOINSECURE: '' });
    expect(env).toMatchObject({
      GOPROXY: 'https://a.example',
      GOTOOLCHAIN: 'local',
      GOENV: 'off',
      GOWORK: 'off',
      GOEXPERIMENT: '',
      GOARCH: 'arm64',
      CGO_ENABLED: '0',
      GOFLAGS: '-mod=readonly -buildvcs=false -modcacherw -p=2',
    });
    // What Go writes stays in our own folders.
    for (const name of ['GOPATH', 'GOTMPDIR', 'TMPDIR', 'XDG_CONFIG_HOME']) expect(env[name]).toMatch(/^\/s\//);
  });

  it.each([
    { cores: 1, threads: '1' },
    { cores: 2, threads: '1' },
    { cores: 9, threads: '4' },
  ])('$cores cores: as many compilers, of $threads threads', ({ cores, threads }) => {
    const env = goEnvironment({ ...place, cores, architecture: 'x64' }, { ...settings, GOPRIVATE: '', GOINSECURE: '' });
    expect(env).toMatchObject({ GOMAXPROCS: threads, GOFLAGS: expect.stringMatching(` -p=${cores}$`) });
    expect(env).not.toHaveProperty('GOGC');
  });

  it('collects garbage above a limit alone where memory is plenty', () => {
    const env = goEnvironment(
      { ...place, roomyMemory: true, architecture: 'x64' },
      { ...settings, GOPRIVATE: '', GOINSECURE: '' },
    );
    expect(env).toMatchObject({ GOGC: 'off', GOMEMLIMIT: '1500MiB' });
  });
});
