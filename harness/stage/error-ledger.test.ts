import { describe, expect, it } from 'vitest';
import { errorLedgerSchema } from '../../reports/model/rollout-report.ts';
import { thorough } from '../testkit/runner/thorough.ts';
import { createRolloutStream } from '../traffic/recorded-stream.ts';
import { canaryClusterOf, errorLedger, lostIn } from './error-ledger.ts';
import { type GatewayError, parseError } from './gateway-log.ts';

const START_MS = 1_000_000;
/** One request every 100 ms: status, and who named itself. */
function stream(requests: readonly (readonly [status: number, version: string | null])[]) {
  const made = createRolloutStream();
  requests.forEach(([status, version], sequence) => {
    const startMs = START_MS + sequence * 100;
    made.add({ sequence, startMs, endMs: startMs + 5, status, errorCode: 0, vu: 1, identity: '' }, version);
  });
  return made;
}
const error = (atMs: number, change: Partial<GatewayError>): GatewayError => ({
  atMs: START_MS + atMs,
  status: 503,
  flags: 'UH',
  details: 'no_healthy_upstream',
  cluster: 'outbound|80|canary|shop.x.svc.cluster.local',
  named: false,
  ...change,
});
const question = {
  title: 'x',
  stretches: [
    { phase: 'promote', fromMs: START_MS, toMs: START_MS + 250 },
    { phase: 'abort', fromMs: START_MS + 250, toMs: START_MS + 1000 },
  ],
  canaryCluster: (cluster: string) => cluster.includes('|canary|'),
  stableVersion: 'v1',
  stoppedMs: START_MS + 60_000,
};
const brief = (ledger: ReturnType<typeof errorLedger>) =>
  ledger.rows.map(({ phase, track, status, flag, injected, count }) => [phase, track, status, flag, injected, count]);

describe('errorLedger', () => {
  it('names each loss by phase, track and flag, and keeps injected errors apart', () => {
    const ledger = errorLedger(
      stream([
        [200, 'v1'],
        [503, null],
        [500, 'v2'],
        [503, null],
        [500, 'v2'],
      ]),
      [
        error(100, {}),
        error(200, { status: 500, flags: '', details: 'via_upstream', named: true }),
        error(300, { cluster: 'outbound|80|stable|shop' }),
        error(400, { status: 500, flags: '', details: 'via_upstream', named: true }),
      ],
      question,
    );
    errorLedgerSchema.parse(ledger);
    expect(brief(ledger)).toEqual([
      ['promote', 'canary', 503, 'UH', false, 1],
      ['promote', 'canary', 500, 'injected', true, 1],
      ['abort', 'stable', 503, 'UH', false, 1],
      ['abort', 'canary', 500, 'injected', true, 1],
    ]);
    expect([ledger.sent, lostIn(ledger), ledger.budget]).toEqual([5, 2, 0]);
  });

  thorough('comes to an end for a run in which nearly everything failed', () => {
    // copied anew for each loss, as it once was, the list of them took minutes
    const lost = 150_000;
    const ledger = errorLedger(
      stream(Array.from({ length: lost }, () => [503, null] as const)),
      Array.from({ length: lost - 10 }, (_, index) => error(index, {})),
      { ...question, stretches: [] },
    );
    expect(brief(ledger)).toEqual([
      ['before or after', 'canary', 503, 'UH', false, lost - 10],
      ['before or after', 'unknown', 503, 'client only', false, 10],
    ]);
  });

  it('keeps what only one side saw', () => {
    const ledger = errorLedger(
      stream([
        [0, null],
        [503, null],
        [200, 'v1'],
      ]),
      [error(200, { status: 0, flags: 'DC' })],
      question,
    );
    expect(brief(ledger)).toEqual([
      ['promote', 'unknown', 503, 'client only', false, 1],
      ['promote', 'canary', 0, 'DC', false, 1],
    ]);
    expect(lostIn(ledger)).toBe(2);
  });

  it('does not count what was cut off by the end of the load, nor a success after a retry', () => {
    const gateway = [error(900, { status: 0, flags: 'DC' }), error(100, { status: 200, flags: 'UF' })];
    expect(errorLedger(stream([[200, 'v1']]), gateway, { ...question, stoppedMs: START_MS + 1000 }).rows).toEqual([]);
  });
});

describe('the log of the gateway', () => {
  it('is read line by line, whatever else is in it', () => {
    const line =
      '{"canaryproof":"error","at":"1795274813.534","cluster":null,"details":"route_not_found","flags":"NR","hops":null,"host":"nobody","status":404}';
    expect(parseError(line)).toEqual({
      atMs: 1795274813534,
      status: 404,
      flags: 'NR',
      details: 'route_not_found',
      cluster: '',
      named: false,
      host: 'nobody',
    });
    expect(parseError(line.slice(0, -5))).toBeUndefined();
    expect(parseError('{"at":1}')).toBeUndefined();
    expect(parseError('2026-11-21 info ready')).toBeUndefined();
  });
});

it.each([
  [
    'its subset',
    { subsets: { stable: 'old', canary: 'new' } },
    'outbound|80|new|shop.demo.svc.cluster.local',
    'outbound|80|old|shop.demo.svc.cluster.local',
  ],
  [
    'its Service',
    { canaryService: 'shop-canary' },
    'outbound|80||shop-canary.demo.svc.cluster.local',
    'outbound|80||shop.demo.svc.cluster.local',
  ],
])('the canary is known at the gateway by %s', (_, rollout, canary, stable) => {
  const isCanary = canaryClusterOf(rollout as Parameters<typeof canaryClusterOf>[0]);
  expect([canary, stable].map(isCanary)).toEqual([true, false]);
});
