import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { NOTHING_ASKED, settingsOf } from '../../../simulate-policy/settings.ts';
import { badCanary } from './bad-canary.ts';
import { outageOf } from './simulate-arguments.ts';

const good = { errorShare: 0.002, latency: { medianMs: 80, sigma: 0.5 } };

describe('--bad', () => {
  it.each([
    ['errors=5%', { errorShare: 0.05 }],
    ['errors=5%,pods=3', { errorShare: 0.05, pods: 3 }],
    ['errors=.5,grows=5m', { errorShare: 0.5, growsForMs: 300_000 }],
    ['errors=5%, from-weight=50%', { errorShare: 0.05, fromWeight: 0.5 }],
    ['errors=5%,from=1m,for=5s', { errorShare: 0.05, fromMs: 60_000, untilMs: 65_000 }],
    ['errors=5%,from=0,for=5s', { errorShare: 0.05, fromMs: 0, untilMs: 5_000 }],
    ['slow=5%', { errorShare: 0.002 }],
  ])('%s', (text, fault) => {
    const ask = { ...NOTHING_ASKED, ...good, ratePerSecond: 1, bad: [badCanary(text)] };
    const { name, fault: found, latency } = settingsOf(ask, '/shop').bad!;
    expect([name, found]).toEqual([text, fault]);
    expect(latency).toEqual(
      text.startsWith('slow') ? { ...good.latency, slow: { share: 0.05, times: 10 } } : good.latency,
    );
  });

  it.each([
    '',
    'errors',
    'errors=x',
    'errors=5%,errors=6%',
    'errors=5%,speed=1',
    'pods=3',
    'slow=5%,pods=2',
    'errors=5%,times=3',
  ])('is refused: %j', (text) => {
    expect(() => badCanary(text)).toThrow(InvalidArgumentError);
  });
});

it('an outage may begin with the release', () => {
  expect(outageOf('canary,from=0,for=1m')).toEqual({ of: 'canary', fromMs: 0, untilMs: 60_000 });
  expect(outageOf('prometheus')).toEqual({ of: 'prometheus', fromMs: 0 });
  expect(() => outageOf('canary,from=-1m')).toThrow(InvalidArgumentError);
});
