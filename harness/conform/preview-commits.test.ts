import { expect, test } from 'vitest';
import type { Profile } from '../profile/profile.ts';
import { parseProfile } from '../profile/profile-kind.ts';
import { playPrograms } from '../testkit/fakes/played-programs.ts';
import { changed, chartFiles, helmAlone, playedHelm } from '../units/chart-fixture.ts';
import { renderedCharts } from '../units/rendered-charts.ts';
import { previewCommits } from './preview-commits.ts';

const profile = (values: string): Profile =>
  parseProfile(
    `apiVersion: canaryproof.dev/v1alpha1
kind: Profile
name: shop
title: a chart
addons: [istio, argocd]
namespaces: [{ name: shop, istioInjection: true }]
source: { directory: repository, application: argocd/application.yaml }
claims:
  - id: shop/split
    title: a split
    kind: traffic-split
    virtualService: { name: reviews }
    service: reviews
    paths: [{ kind: ingress, path: / }]
  - id: shop/canary
    title: up by commits
    kind: canary-by-commit
    split: shop/split
    stable: v1
    canary: v2
    steps: [5, 25]
    values: ${values}
`,
    'profile.yaml',
    '/shop',
  );

const BOTH = '{ file: chart/values.yaml, weights: { v1: /stable, v2: /canary } }';

async function preview(values = BOTH, files = chartFiles) {
  playPrograms(playedHelm);
  return previewCommits(profile(values), files, async (some) => {
    const { files: rendered, problems } = await renderedCharts(some, 'argocd/application.yaml', helmAlone);
    if (problems[0]) throw new TypeError(problems[0].sentence);
    return rendered;
  });
}

test('commits that declare what the claim says are no finding', async () => {
  expect(await preview()).toEqual([]);
});

test('a template that takes no notice of a value is found, once', async () => {
  const constant = changed('chart/templates/routes.yaml', (text) =>
    text.replace('{{ .Values.stable }}', '100').replace('{{ .Values.canary }}', '0'),
  );
  expect(await preview(BOTH, constant)).toMatchObject([
    {
      ...{ code: 'VALUES_WITHOUT_EFFECT', severity: 'error', where: 'chart/templates/routes.yaml:7' },
      sentence: 'with v1 95, v2 5 in chart/values.yaml, VirtualService reviews renders to v1 100, v2 0',
      hint: expect.stringContaining('constant in the template') as string,
    },
  ]);
});

test('weights that do not sum to 100 after a commit are found', async () => {
  expect(await preview('{ file: chart/values.yaml, weights: { v2: /canary } }')).toMatchObject([
    {
      ...{ code: 'SPLIT_WEIGHTS', where: expect.stringMatching(/^chart\/templates\/routes\.yaml:\d/) as string },
      sentence: expect.stringContaining('100 + 5 = 105') as string,
      hint: expect.stringContaining('same commit') as string,
    },
  ]);
});

test('a value that is not there is found', async () => {
  expect(await preview('{ file: chart/values.yaml, weights: { v1: /stable, v2: /weights/v2 } }')).toMatchObject([
    { code: 'VALUES_PATH_MISSING', where: 'chart/values.yaml', hint: expect.stringContaining('/canary') as string },
  ]);
});
