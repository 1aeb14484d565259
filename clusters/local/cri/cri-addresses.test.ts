import { describe, expect, test } from 'vitest';
import { podAddresses } from './cri-addresses.ts';

describe('pod addresses', () => {
  test('start after the gateway and go round before one is used again', () => {
    const addresses = podAddresses('10.244.0.0/24');
    expect(addresses.gateway).toBe('10.244.0.1');
    expect(addresses.prefixLength).toBe(24);
    const first = addresses.take();
    expect(first).toBe('10.244.0.2');
    addresses.giveBack(first);
    const later = Array.from({ length: 252 }, () => addresses.take());
    expect(later[0]).toBe('10.244.0.3');
    expect(later.at(-1)).toBe('10.244.0.254');
    expect(addresses.take()).toBe(first);
  });

  test('are unique, skip those in use, and run out with a clear error', () => {
    const addresses = podAddresses('192.168.7.240/29');
    expect(addresses.gateway).toBe('192.168.7.241');
    const taken = Array.from({ length: 5 }, () => addresses.take());
    expect(new Set(taken).size).toBe(5);
    expect(() => addresses.take()).toThrow(/all 5 pod addresses of 192.168.7.240\/29 are in use/);
    addresses.giveBack('192.168.7.244');
    expect(addresses.take()).toBe('192.168.7.244');
  });

  test('a subnet may be written with any address in it', () => {
    expect(podAddresses('10.244.3.77/22').gateway).toBe('10.244.0.1');
  });

  test.each(['', '10.244.0.0', '10.244.0.0/', '10.244.0.0/30', '10.244.0/24', '10.244.0.256/24', 'fd00::/64'])(
    'the subnet %j is refused',
    (subnet) => {
      expect(() => podAddresses(subnet)).toThrow(expect.objectContaining({ code: 'POD_SUBNET_INVALID' }));
    },
  );
});
