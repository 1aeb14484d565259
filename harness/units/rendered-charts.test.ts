import { expect, test } from 'vitest';
import { readDeclaredSplit } from '../lint/routes/declared-split.ts';
import { playPrograms } from '../testkit/fakes/played-programs.ts';
import { changed, chartFiles, helmAlone, playedHelm } from './chart-fixture.ts';
import { renderedCharts } from './rendered-charts.ts';
import { noPrograms } from './tree-fixture.ts';

const APPLICATION = 'argocd/application.yaml';
const query = { virtualService: { name: 'reviews', namespace: 'shop' }, namespace: 'shop' };

test('a chart declares what Helm makes of its values, with places in the template', async () => {
  playPrograms(playedHelm);
  const { files, problems } = await renderedCharts(
    changed('chart/values.yaml', () => 'stable: 95\ncanary: 5\n'),
    APPLICATION,
    helmAlone,
  );
  expect(problems).toEqual([]);
  const split = readDeclaredSplit(files, query);
  expect(split.arms.map(({ subset, weight }) => [subset, weight])).toEqual([
    ['v1', 95],
    ['v2', 5],
  ]);
  expect([split.virtualService.namespace, `${split.file}:${split.line}`]).toEqual([
    'shop',
    'chart/templates/routes.yaml:7',
  ]);
});

test('a chart that does not render declares nothing, and Helm says why', async () => {
  playPrograms(playedHelm);
  const { files, problems } = await renderedCharts(
    changed('chart/values.yaml', () => 'stable: 95\n'),
    APPLICATION,
    helmAlone,
  );
  expect(problems).toMatchObject([
    {
      ...{ code: 'UNIT_NOT_RENDERED', severity: 'error', where: 'chart/Chart.yaml:1:1' },
      sentence: 'Application argocd/shop does not render. Helm says: no value canary',
      hint: expect.stringContaining('Argo CD renders with the same program') as string,
    },
  ]);
  expect(() => readDeclaredSplit(files, query)).toThrow(
    expect.objectContaining({ code: 'SPLIT_VIRTUAL_SERVICE_MISSING' }),
  );
});

test('plain manifests need no program, and stay as they are', async () => {
  const plain = [
    chartFiles[0]!,
    { path: 'chart/routes.yaml', text: 'kind: Service\napiVersion: v1\nmetadata: { name: a }\n' },
  ];
  expect((await renderedCharts(plain, APPLICATION, noPrograms)).files).toBe(plain);
});

test('a chart that no Application of the file reads is not rendered', async () => {
  const elsewhere = changed(APPLICATION, (text) => text.replace('path: chart', 'path: argocd'));
  expect((await renderedCharts(elsewhere, APPLICATION, noPrograms)).files).toEqual(elsewhere);
});
