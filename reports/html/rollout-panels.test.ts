import { describe, expect, test } from 'vitest';
import type { RunReport } from '../model/run-report.ts';
import { hostileReport } from '../model/samples/hostile-report.ts';
import { sampleReport } from '../model/samples/sample-report.ts';
import { sampleRolloutReport } from '../model/samples/sample-rollout-report.ts';
import { renderHtmlReport } from './report-page.ts';

const PANELS = ['boundaries', 'ledger', 'rollback', 'analyses', 'latency', 'errors'];
const reports = { passed: sampleRolloutReport('passed'), failed: sampleRolloutReport('failed') };
const plain = (text: string) => text.replaceAll('\u202f', ' ');
const bodyOf = (report: RunReport) => {
  const page = plain(renderHtmlReport(report));
  return page.slice(page.indexOf('<body>'), page.lastIndexOf('<script>'));
};
const bodies = { passed: bodyOf(reports.passed), failed: bodyOf(reports.failed) };
const section = (body: string, id: string) => {
  const start = body.indexOf(`<section id="${id}"`);
  return start < 0 ? '' : body.slice(start, body.indexOf('</section>', start));
};
const words = (markup: string) => markup.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');

describe('panels of ledger and rollout', () => {
  test.each(['passed', 'failed'] as const)(
    '%s: each has its place, link and caption, and no broken figure',
    (outcome) => {
      const body = bodies[outcome];
      for (const id of PANELS) {
        expect(section(body, id), id).toContain('Bad would be');
        expect(body).toContain(`href="#${id}"`);
      }
      expect(body).not.toMatch(/(?<!is)NaN|Infinity|undefined/);
    },
  );

  test('without data there is neither panel nor link', () => {
    const body = bodyOf(sampleReport('passed'));
    for (const id of PANELS) {
      expect(section(body, id)).toBe('');
      expect(body).not.toContain(`href="#${id}"`);
    }
  });

  test('the ledger marks the layer where a difference began, and what followed from it', () => {
    const ledger = section(bodies.failed, 'ledger');
    expect(ledger.match(/began here/g)).toHaveLength(3);
    expect(ledger.match(/differs too/g)).toHaveLength(1);
    const last = words(ledger.slice(ledger.indexOf('50 % → 0 %')));
    expect(last).toMatch(/✗ began here 3 of 3 acknowledged, the last after 9\.38 s, 9\.17 s apart/);
    expect(last).toMatch(/✗ differs too ingress (within|after) \d/);
    const calm = words(section(bodies.passed, 'ledger'));
    expect(calm).toContain('all layers agree');
    expect(calm).not.toContain('began here');
  });

  test('the timeline shows steps, lags, proxies, writers, measurements and undeclared weights', () => {
    const traffic = section(bodies.failed, 'traffic');
    for (const part of ['setWeight 25', '9.40 s', 'ack fronten…9f88-zz7lw', '0 % by rollouts-controller', '[0.9713]'])
      expect(traffic).toContain(part);
    expect(traffic).toMatch(/\d+\.\d % undeclared/);
    expect(section(bodies.passed, 'traffic').match(/class="segment mesh "/g)?.length).toBeGreaterThan(3);
  });

  test('a proxy that never acknowledged is said', () => {
    const [ledger] = reports.failed.ledgers;
    if (ledger === undefined) throw new Error('the sample has a ledger');
    const changes = ledger.changes.map((change) => ({ ...change, observed: [], proxies: [{ proxy: 'a/b' }] }));
    const text = words(section(bodyOf({ ...reports.failed, ledgers: [{ ...ledger, changes }] }), 'ledger'));
    expect(text).toContain('✗ 1 never');
    expect(text).toContain('no change was seen');
  });

  test('boundary runs: side by side with their limit, deviations marked by more than colour', () => {
    const text = words(section(bodies.failed, 'boundaries'));
    expect(text).toContain('8 of 11 runs ended as declared');
    expect(text).toContain('87 of 88 measurements agree with the oracle');
    expect(text).toMatch(/promoted ✗ aborted 2 min 11 s \+482 ms 0 ✗ 7 of 8/);
    expect(text).toContain('✗ 42');
    const markup = section(bodies.failed, 'boundaries');
    expect(markup).toContain('aria-label="limit 500 ms, injected 501 ms"');
    expect(markup.match(/class="dot inside"/g)).toHaveLength(5);
    expect(markup.match(/class="dot outside"/g)).toHaveLength(4);
  });

  test('the waterfall holds each wait against its budget and names what did not happen', () => {
    const text = words(section(bodies.failed, 'rollback'));
    expect(text).toContain('✗ +9.38 s of 2.00 s');
    expect(text).toContain('388 distinct users hit');
    const [waterfall] = reports.failed.waterfalls;
    if (waterfall === undefined) throw new Error('the sample has a rollback');
    const events = waterfall.events.filter(({ name }) => name !== 'last-canary-answer');
    expect(words(section(bodyOf({ ...reports.failed, waterfalls: [{ ...waterfall, events }] }), 'rollback'))).toContain(
      'last answer of the canary ✗ did not happen',
    );
  });

  test('errors: lost and injected apart, the sum is what was sent', () => {
    const text = words(section(bodies.failed, 'errors'));
    expect(text).toContain('42 lost of 82 400 sent; none is allowed');
    expect(text).toMatch(/answered well 81 855 99\.3 % injected 503 lost 42 ✗ 42 over the budget/);
  });

  test('a measurement on which Argo and the oracle differ is open and marked', () => {
    const markup = section(bodies.failed, 'analyses');
    expect(markup.match(/<details class="analysis" open/g)).toHaveLength(1);
    expect(words(markup)).toContain('Failed [500.8] Successful [498.6] ✗ no');
    expect(section(bodies.passed, 'analyses')).not.toContain('✗ no');
  });

  test('hostile names stay text in all of them', () => {
    const body = bodyOf(hostileReport(reports.failed, '"><img src=x onerror=alert(1)>'));
    expect(body).not.toContain('<img');
    for (const id of PANELS) expect(section(body, id)).toContain('&lt;img');
  });
});
