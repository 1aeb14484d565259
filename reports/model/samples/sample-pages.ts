/** Page loads for tests: as declared 27 % break, and pinned by a cookie none. */
import type { PageReport } from '../page-report.ts';

const STARTED_AT = Date.UTC(2026, 10, 29, 12, 0, 0);
const JPEG = '/9j/';

export function samplePages(): PageReport {
  const rates = { alpha: 1e-3, beta: 1e-3, confidence: 0.999, lost: 0, outcome: 'passed', reason: 'decided' } as const;
  return {
    claimId: 'shop/pages',
    title: 'Weights per request break pages',
    browser: 'Chrome/156.0.8078.108',
    assets: 2,
    routes: [
      {
        ...rates,
        ...{ name: 'as declared', host: 'shop.example.com', loads: 378, usersJudged: false },
        expected: { kind: 'derived', share: 0.27, margin: 0.1 },
        broken: { count: 102, share: 102 / 378, low: 0.201, high: 0.346 },
        users: [
          { version: 'v1', declared: 0.9, count: 341, share: 341 / 378, low: 0.84, high: 0.95 },
          { version: 'v2', declared: 0.1, count: 37, share: 37 / 378, low: 0.05, high: 0.16 },
        ],
        ...{ startedAt: STARTED_AT, endedAt: STARTED_AT + 38_000 },
      },
      {
        ...rates,
        ...{ name: 'cookie', host: 'pinned.shop.example.com', loads: 720, usersJudged: true },
        expected: { kind: 'at-most', share: 0, margin: 0.02 },
        broken: { count: 0, share: 0, low: 0, high: 0.019 },
        users: [
          { version: 'v1', declared: 0.9, count: 650, share: 650 / 720, low: 0.86, high: 0.94 },
          { version: 'v2', declared: 0.1, count: 70, share: 70 / 720, low: 0.06, high: 0.14 },
        ],
        ...{ startedAt: STARTED_AT + 38_000, endedAt: STARTED_AT + 110_000 },
      },
    ],
    films: [
      {
        ...{
          title: 'as declared, shop.example.com',
          url: 'http://shop.example.com/',
          verdict: 'broken',
          version: 'v1',
        },
        parts: [
          { ...{ url: '/', kind: 'document', status: 200, version: 'v1' }, startMs: 0, endMs: 12.4, isCulprit: false },
          {
            ...{ url: '/assets/app-v1.js', kind: 'script', status: 404, version: 'v2' },
            ...{ startMs: 14, endMs: 19.2, isCulprit: true },
          },
          {
            ...{ url: '/assets/app-v1.css', kind: 'stylesheet', status: 200, version: 'v1' },
            ...{ startMs: 14.3, endMs: 20, isCulprit: false },
          },
        ],
        frames: [
          { atMs: 20, jpeg: JPEG },
          { atMs: 140, jpeg: JPEG },
        ],
      },
    ],
  };
}
