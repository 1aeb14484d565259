import { describe, expect, test } from 'vitest';
import {
  boundingSet,
  capabilityName,
  DEFAULT_CAPABILITIES,
  grantableCapabilities,
  resolveCredentials,
} from './cri-credentials.ts';
import { securityContext } from './cri-fixtures.ts';

const AVAILABLE = [...DEFAULT_CAPABILITIES, 'CAP_NET_ADMIN', 'CAP_SYS_ADMIN', 'CAP_SYS_TIME', 'CAP_MKNOD'];
const capabilities = (addCapabilities: string[], dropCapabilities: string[] = []) => ({
  capabilities: { addCapabilities, dropCapabilities },
  privileged: false,
});

describe('the bounding set', () => {
  test('is the default where nothing is asked for', () => {
    expect(boundingSet(null, AVAILABLE)).toEqual(DEFAULT_CAPABILITIES);
  });
  test('takes additions in any spelling', () => {
    expect(boundingSet(capabilities(['net_admin']), AVAILABLE)).toContain('CAP_NET_ADMIN');
    expect(capabilityName('CAP_net_RAW')).toBe('CAP_NET_RAW');
  });
  test('drop ALL leaves only what is added by name', () => {
    expect(boundingSet(capabilities(['NET_BIND_SERVICE'], ['ALL']), AVAILABLE)).toEqual(['CAP_NET_BIND_SERVICE']);
    expect(boundingSet(capabilities([], ['ALL']), AVAILABLE)).toEqual([]);
  });
  test('add ALL without one', () => {
    const set = boundingSet(capabilities(['ALL'], ['SYS_ADMIN']), AVAILABLE);
    expect(set).toContain('CAP_NET_ADMIN');
    expect(set).not.toContain('CAP_SYS_ADMIN');
  });
  test('never grants what reaches the whole machine or is not there', () => {
    for (const security of [capabilities(['ALL']), { capabilities: null, privileged: true }]) {
      expect(boundingSet(security, AVAILABLE)).not.toContain('CAP_SYS_TIME');
      expect(boundingSet(security, AVAILABLE)).not.toContain('CAP_MKNOD');
    }
    expect(boundingSet(capabilities(['SYS_RESOURCE']), AVAILABLE)).not.toContain('CAP_SYS_RESOURCE');
  });
});

describe('credentials', () => {
  const image = { image: 'x', uid: '1337', gid: '1338' };
  const resolve = (parts: Parameters<typeof securityContext>[0]) =>
    resolveCredentials(securityContext(parts), image, AVAILABLE);

  test('come from the image when the manifest has none', () => {
    expect(resolveCredentials(null, image, AVAILABLE)).toMatchObject({
      uid: 1337,
      gid: 1338,
      groups: [],
      noNewPrivileges: false,
    });
    expect(resolveCredentials(null, { image: 'x' }, AVAILABLE)).toMatchObject({ uid: 0, gid: 0 });
  });
  test('another user does not inherit the image’s group', () => {
    expect(resolve({ runAsUser: { value: '2000' } })).toMatchObject({ uid: 2000, gid: 0 });
    expect(resolve({ runAsUser: { value: '1337' } })).toMatchObject({ uid: 1337, gid: 1338 });
    expect(resolve({ runAsUser: { value: '2000' }, runAsGroup: { value: '3000' } })).toMatchObject({
      uid: 2000,
      gid: 3000,
    });
  });
  test('take supplemental groups once each', () => {
    expect(resolve({ supplementalGroups: ['5', '6', '5'], noNewPrivs: true })).toMatchObject({
      groups: [5, 6],
      noNewPrivileges: true,
    });
  });
});

test("root of a container that is the machine's root keeps nothing that reaches the machine, asked for or not", () => {
  const available = [
    ...DEFAULT_CAPABILITIES,
    'CAP_SYS_ADMIN',
    'CAP_SYS_PTRACE',
    'CAP_DAC_READ_SEARCH',
    'CAP_NET_ADMIN',
  ];
  const unmapped = '         0          0 4294967295\n';
  const mapped = '         0     100000      65536\n';
  const asked = { privileged: true, capabilities: null };
  const granted = boundingSet(asked, grantableCapabilities(available, unmapped));
  expect(granted).toEqual([...DEFAULT_CAPABILITIES, 'CAP_NET_ADMIN']);
  expect(boundingSet(asked, grantableCapabilities(available, mapped))).toContain('CAP_SYS_ADMIN');
});
