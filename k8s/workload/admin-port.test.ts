import { expect, test } from 'vitest';
import { adminPortOf } from './admin-port.ts';

/** Of Envoy and Istio's agent (istio.io, "Ports used by Istio"). */
const SIDECAR = [15_000, 15_001, 15_004, 15_006, 15_008, 15_020, 15_021, 15_053, 15_090];

test.each([
  [9080, 19_080],
  [80, 20_080],
  [5000, 25_000],
  [5090, 25_090],
  [5100, 15_100],
  [60_000, 50_000],
])('the switch of a stand-in at %i is at %i', (traffic, admin) => {
  expect(adminPortOf(traffic)).toBe(admin);
});

test('fetch asks there: it is none of the ports that fetch refuses', async () => {
  const refusals = await Promise.all(
    [80, 443, 3000, 5000, 5060, 6000, 8080, 9080].map(async (port) => {
      const failure: unknown = await fetch(`http://127.0.0.1:${adminPortOf(port)}/`).catch((error: unknown) => error);
      return failure instanceof Error && failure.cause instanceof Error ? failure.cause.message : 'asked';
    }),
  );
  expect(refusals).not.toContain('bad port');
});

test('it is never a port of the sidecar, and two usual ports for traffic share none', () => {
  const all = Array.from({ length: 65_535 }, (_, index) => index + 1).filter(
    (port) => !(port >= 15_000 && port < 15_100),
  );
  const admin = all.map(adminPortOf);
  for (const port of SIDECAR) expect(admin).not.toContain(port);
  // those that go 20,000 up meet the ones of ports in between; no program listens at 80 and at 10080
  const usual = [80, 443, 3000, 5000, 5001, 8000, 8080, 8081, 8443, 9000, 9080, 9090].map(adminPortOf);
  expect(new Set(usual).size).toBe(usual.length);
});
