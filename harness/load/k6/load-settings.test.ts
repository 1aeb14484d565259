import { describe, expect, it } from 'vitest';
import type { LoadRequest } from '../../ports/load.ts';
import { checkLoadRequest } from './check-load-request.ts';
import { k6Arguments, k6Environment } from './k6-command.ts';
import { preAllocatedVus } from './pre-allocated-vus.ts';
import { scenarioValues } from './scenario-values.ts';

const REQUEST: LoadRequest = {
  phase: 'split',
  url: 'http://bookinfo.example/productpage',
  headers: {},
  hosts: { 'bookinfo.example': '10.0.0.1' },
  identify: { kind: 'header', name: 'x-version' },
  ratePerSecond: 1000,
  maxDurationMs: 30_000,
  preAllocatedVus: 50,
  requestTimeoutMs: 5000,
  newConnectionPerRequest: false,
};

describe('preAllocatedVus', () => {
  it("is Little's law over the usual maximum and a stall", () => {
    expect(preAllocatedVus({ ratePerSecond: 2000, usualMaxMs: 20, stallMs: 100 })).toBe(240);
    expect(preAllocatedVus({ ratePerSecond: 1000, usualMaxMs: 50 })).toBe(300);
    expect(preAllocatedVus({ ratePerSecond: 1, usualMaxMs: 5 })).toBe(10);
  });
});

describe('scenarioValues', () => {
  it('tells users apart where they take turns, and nothing of them else', () => {
    const users = { header: 'x-user-id', prefix: 'u-', count: 3 };
    expect(scenarioValues({ ...REQUEST, users }).users).toEqual(users);
    expect(scenarioValues(REQUEST)).not.toHaveProperty('users');
  });

  it('is an open loop whose last requests may take their time-out', () => {
    expect(scenarioValues(REQUEST).options).toEqual({
      scenarios: {
        traffic: {
          executor: 'constant-arrival-rate',
          rate: 1000,
          timeUnit: '1s',
          duration: '30000ms',
          gracefulStop: '7000ms',
          preAllocatedVUs: 50,
          maxVUs: 50,
        },
      },
      hosts: { 'bookinfo.example': '10.0.0.1' },
      discardResponseBodies: true,
      noConnectionReuse: false,
      noCookiesReset: false,
      maxRedirects: 0,
      userAgent: 'canaryproof (k6)',
      systemTags: [],
      summaryTrendStats: ['count'],
    });
  });

  it('names its part of the iterations by k6’s segments', () => {
    const parts = [0, 1, 2].map((index) => scenarioValues({ ...REQUEST, segment: { index, of: 3 } }).options);
    expect(parts.map(({ executionSegment }) => executionSegment)).toEqual(['0:1/3', '1/3:2/3', '2/3:1']);
    for (const { executionSegmentSequence } of parts) expect(executionSegmentSequence).toBe('0,1/3,2/3,1');
    expect(scenarioValues(REQUEST).options).not.toHaveProperty('executionSegment');
  });

  it('reads bodies only where it must', () => {
    const discards = (identify: LoadRequest['identify']) =>
      scenarioValues({ ...REQUEST, identify }).options.discardResponseBodies;
    expect(discards({ kind: 'json', path: 'version' })).toBe(false);
    expect(discards({ kind: 'regex', pattern: 'v' })).toBe(false);
    expect(discards({ kind: 'header', name: 'v' })).toBe(true);
  });

  it('keeps fractions of a request per second', () => {
    const traffic = (ratePerSecond: number) => scenarioValues({ ...REQUEST, ratePerSecond }).options.scenarios.traffic;
    expect(traffic(0.2)).toMatchObject({ rate: 200, timeUnit: '1000s' });
    expect(traffic(33.333)).toMatchObject({ rate: 33_333, timeUnit: '1000s' });
  });

  it.each([
    ['x-APP-version', 'X-App-Version'],
    ['eTag', 'Etag'],
    ['server', 'Server'],
  ])('spells the header %s as k6 does', (name, spelt) => {
    expect(scenarioValues({ ...REQUEST, identify: { kind: 'header', name } }).identify).toEqual({
      kind: 'header',
      name: spelt,
    });
  });

  it('follows no redirect and keeps the time-out', () => {
    expect(scenarioValues(REQUEST)).toMatchObject({ method: 'GET', params: { redirects: 0, timeout: 5000 } });
    expect(scenarioValues({ ...REQUEST, method: 'POST' }).method).toBe('POST');
  });
});

describe('checkLoadRequest', () => {
  it.each<[string, Partial<LoadRequest>]>([
    ['url', { url: 'bookinfo' }],
    ['url', { url: 'ftp://bookinfo/' }],
    ['ratePerSecond', { ratePerSecond: 0 }],
    ['ratePerSecond', { ratePerSecond: Number.NaN }],
    ['maxDurationMs', { maxDurationMs: 999 }],
    ['preAllocatedVus', { preAllocatedVus: 1.5 }],
    ['preAllocatedVus', { segment: { index: 0, of: 3 } }],
    ['requestTimeoutMs', { requestTimeoutMs: 0 }],
    ['identify', { identify: { kind: 'header', name: 'x version' } }],
    ['identify', { identify: { kind: 'json', path: '' } }],
    ['identify', { identify: { kind: 'regex', pattern: '(' } }],
  ])('refuses a bad %s: %j', (where, change) => {
    expect(() => checkLoadRequest({ ...REQUEST, ...change })).toThrow(
      expect.objectContaining({ code: 'LOAD_REQUEST_INVALID', exitCode: 2, where }),
    );
  });

  it('accepts a good one', () => {
    expect(() => checkLoadRequest(REQUEST)).not.toThrow();
    expect(() => checkLoadRequest({ ...REQUEST, segment: { index: 0, of: 2 } })).not.toThrow();
  });
});

describe('how k6 is called', () => {
  it('knows nothing of the user: no home, no proxy, no K6_ variables', () => {
    const user = { PATH: '/bin', HOME: '/home/me', HTTP_PROXY: 'http://proxy', K6_VUS: '7', SSL_CERT_FILE: '/ca.pem' };
    expect(k6Environment(user, '/empty')).toEqual({
      PATH: '/bin',
      SSL_CERT_FILE: '/ca.pem',
      HOME: '/empty',
      XDG_CONFIG_HOME: '/empty',
      XDG_CACHE_HOME: '/empty',
      K6_AUTO_EXTENSION_RESOLUTION: 'false',
      K6_NO_USAGE_REPORT: 'true',
      GOGC: '400',
      GOMEMLIMIT: '1GiB',
    });
  });

  it('sends evidence to the pipe, logs to stderr and nothing to the network', () => {
    const args = k6Arguments({ script: '/run/s.js', evidencePipe: '/tmp/e', home: '/tmp' });
    expect(args[0]).toBe('run');
    expect(args.at(-1)).toBe('/run/s.js');
    expect(args).toEqual(
      expect.arrayContaining([
        '--console-output=/tmp/e',
        '--log-format=raw',
        '--log-output=stderr',
        '--no-usage-report',
      ]),
    );
  });
});
