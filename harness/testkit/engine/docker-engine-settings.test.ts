import { expect, test } from 'vitest';
import { engineFiles, engineSettings } from './docker-engine-settings.ts';

const files = engineFiles('/cache/canaryproof');

test('everything that stays is in the cache, what is volatile is not, and the socket is short', () => {
  const { host, volatile, pid, firewall, ...stays } = files;
  for (const file of Object.values(stays)) expect(file.startsWith('/cache/canaryproof/engine')).toBe(true);
  expect([pid, firewall, host.replace('unix://', '')].every((file) => file.startsWith(volatile))).toBe(true);
  expect(host.length).toBeLessThan(100);
});

test('a machine with every capability and cgroup v2 runs plain runc', () => {
  const settings = engineSettings(files, { reduced: false, cgroupVersion: 2 });
  expect(settings).toMatchObject({ hosts: [files.host], 'data-root': files.data, pidfile: files.pid });
  expect(Object.keys(settings)).not.toEqual(expect.arrayContaining(['default-runtime']));
  expect(settings['cgroup-parent']).toBeUndefined();
});

test('where capabilities are missing the wrapper is the default runtime; on cgroup v1 containers have a group of their own', () => {
  expect(engineSettings(files, { reduced: true, cgroupVersion: 1 })).toMatchObject({
    runtimes: { reduced: { path: files.runtime } },
    'default-runtime': 'reduced',
    'cgroup-parent': '/canaryproof-engine',
  });
});
