import { expect, test } from 'vitest';
import { profileText } from './profile-text.ts';
import { proposal } from './proposal-fixture.ts';
import { SHOP } from './repository-fixture.ts';

const lines = (text: string) =>
  profileText(proposal(text), { path: '../shop', unit: 'folder .', valueFiles: [] }, '1.2.3').split('\n');

test('what is not proven stands above the claims, with its reason', () => {
  const written = lines(SHOP.replaceAll('istio_requests_total', 'orders_total'));
  const above = written.slice(written.indexOf('# not proven:'), written.indexOf('claims:'));
  expect(above).toEqual([
    '# not proven:',
    "# - AnalysisTemplate shop/success, metric success-rate: its query reads an application's own metrics, which the stand-in does not have",
    '# - AnalysisTemplate shop/success, metric orders: its provider is newRelic, which is not asked here',
  ]);
});

test('blocks say what they are for', () => {
  const written = lines(SHOP);
  for (const key of ['source:', 'images:', 'cluster:']) expect(written[written.indexOf(key) - 1]).toMatch(/^# \w+/);
});
