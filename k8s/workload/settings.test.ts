import { describe, expect, it } from 'vitest';
import { NO_INJECTION } from './behaviour-document.ts';
import { readSettings } from './settings.ts';

const NAMED = { SERVICE: 'reviews', VERSION: 'v3' };

describe('settings', () => {
  it('has a default for everything but the name and the version', () => {
    expect(readSettings(NAMED, 'host-1')).toEqual({
      service: 'reviews',
      version: 'v3',
      pod: 'host-1',
      port: 9080,
      portIsDefault: true,
      morePorts: [],
      listenAddress: undefined,
      upstreams: [],
      upstreamTimeoutMs: 5000,
      onUpstreamFailure: 'fail',
      drainMs: 4000,
      shutdownMs: 5000,
      admin: true,
      behaviour: NO_INJECTION,
      flags: undefined,
    });
  });

  const FLAGS = { FLAGS_URL: 'http://unleash:4242/api/', FLAGS: 'a, b', FLAGS_TOKEN_FILE: '/etc/unleash/token' };
  it('reads where flags come from', () => {
    expect(readSettings({ ...NAMED, ...FLAGS, FLAGS_USER: 'header:X-Who' }, 'h').flags).toEqual({
      ...{ url: 'http://unleash:4242/api', names: ['a', 'b'], tokenFile: '/etc/unleash/token' },
      ...{ user: { kind: 'header', name: 'x-who' }, refreshMs: 15_000, onOutage: 'keep' },
    });
  });

  it.each([
    [{ FLAGS_URL: 'unleash:4242' }, 'FLAGS_URL must be'],
    [{ FLAGS: ' , ' }, 'FLAGS must name'],
    [{ FLAGS_TOKEN_FILE: '' }, 'FLAGS_TOKEN_FILE must be'],
    [{ FLAGS_USER: 'query:id' }, 'FLAGS_USER must be'],
    [{ ON_FLAGS_OUTAGE: 'panic' }, 'ON_FLAGS_OUTAGE must be'],
    [{ FLAGS_REFRESH_MS: 'often' }, 'FLAGS_REFRESH_MS must be'],
  ])('refuses flags with %o', (change, words) => {
    expect(() => readSettings({ ...NAMED, ...FLAGS, ...change }, 'h')).toThrow(words);
  });

  it('prefers POD_NAME to HOSTNAME to the name of the machine', () => {
    expect(readSettings({ ...NAMED, POD_NAME: 'a', HOSTNAME: 'b' }, 'c').pod).toBe('a');
    expect(readSettings({ ...NAMED, HOSTNAME: 'b' }, 'c').pod).toBe('b');
    expect(readSettings({ ...NAMED, POD_NAME: ' ', HOSTNAME: '' }, 'c').pod).toBe('c');
  });

  it('reads upstreams in their order, with and without port, path and brackets', () => {
    const UPSTREAMS = 'details=http://details:9080/details/0, reviews=http://[::1]:81/r?x=1,cache=http://cache';
    expect(readSettings({ ...NAMED, UPSTREAMS }, 'h').upstreams).toEqual([
      { name: 'details', hostname: 'details', port: 9080, path: '/details/0' },
      { name: 'reviews', hostname: '::1', port: 81, path: '/r?x=1' },
      { name: 'cache', hostname: 'cache', port: 80, path: '/' },
    ]);
  });

  it('reads the first behaviour', () => {
    const settings = readSettings({ ...NAMED, BEHAVIOUR: '{"errorShare":0.05,"latencyMs":20}' }, 'h');
    expect(settings.behaviour).toMatchObject({ errorShare: 0.05, latencyMs: 20 });
  });

  it.each([
    [{ SERVICE: '', VERSION: '' }, 'SERVICE is not set; VERSION is not set'],
    [{ PORT: '65536' }, 'PORT must be a whole number from 0 to 65535, not "65536"'],
    [{ PORT: 'tcp://10.0.0.1:9080' }, 'PORT must be a whole number'],
    [{ DRAIN_MS: '-1' }, 'DRAIN_MS must be a whole number'],
    [{ DRAIN_MS: '1.5' }, 'DRAIN_MS must be a whole number'],
    [{ UPSTREAMS: 'details' }, 'UPSTREAMS must be name=http://host:port/path'],
    [{ UPSTREAMS: 'a=https://b' }, 'UPSTREAMS: "a" must have a plain http:// URL'],
    [{ UPSTREAMS: 'a=http://u:p@b' }, 'UPSTREAMS: "a" must have a plain http:// URL'],
    [{ UPSTREAMS: 'a=http://' }, 'UPSTREAMS: "a" must have a plain http:// URL'],
    [{ UPSTREAMS: 'a=http://b,a=http://c' }, 'UPSTREAMS names "a" twice'],
    [{ ON_UPSTREAM_FAILURE: 'retry' }, 'ON_UPSTREAM_FAILURE must be fail or degrade, not "retry"'],
    [{ ADMIN: 'yes' }, 'ADMIN must be on or off, not "yes"'],
    [{ BEHAVIOUR: '{"errorShare":2}' }, 'BEHAVIOUR is not valid: errorShare'],
    [{ BEHAVIOUR: 'x\ny' }, 'BEHAVIOUR is not valid: not JSON'],
    [{ PORT: 'x', ADMIN: 'y' }, 'PORT must be a whole number from 0 to 65535, not "x"; ADMIN must be'],
  ])('refuses %j on one line', (environment, message) => {
    let caught: unknown;
    try {
      readSettings({ ...NAMED, ...environment }, 'h');
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({ code: 'WORKLOAD_BAD_SETTINGS', exitCode: 2 });
    expect((caught as Error).message).toContain(message);
    expect((caught as Error).message).not.toContain('\n');
  });

  it('listens on several ports, the first of which is the one that counts', () => {
    const several = readSettings({ ...NAMED, PORTS: '8080, 9090,8080' }, 'host-1');
    expect(several).toMatchObject({ port: 8080, morePorts: [9090], portIsDefault: false });
    const both = readSettings({ ...NAMED, PORT: '80', PORTS: '8080,80' }, 'host-1');
    expect(both).toMatchObject({ port: 80, morePorts: [8080] });
    expect(() => readSettings({ ...NAMED, PORTS: '8080,0' }, 'h')).toThrow(/PORTS must hold whole numbers from 1/);
  });

  it('reads nothing of the program that it stands in for', () => {
    const theirs = {
      SERVICE: 'x',
      VERSION: 'V2',
      PORT: 'tcp://10.0.0.1:80',
      ADMIN: 'root@example.com',
      UPSTREAMS: 'a,b',
    };
    const ours = { CANARYPROOF_SERVICE: 'web', CANARYPROOF_VERSION: '1.2', CANARYPROOF_PORT: '8080' };
    expect(readSettings({ ...theirs, ...ours, HOSTNAME: 'web-0' }, 'host-1')).toMatchObject({
      service: 'web',
      version: '1.2',
      port: 8080,
      pod: 'web-0',
      admin: true,
      upstreams: [],
    });
    expect(readSettings({ ...NAMED, CANARYPROOF_VERSION: 'trial' }, 'h')).toMatchObject({
      service: 'reviews',
      version: 'trial',
    });
  });
});
