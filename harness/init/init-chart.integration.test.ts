/** Charts that show their canary only with other values, by the real Helm (CANARYPROOF_HELM). */
import path from 'node:path';
import { expect, test } from 'vitest';
import { writeTree } from '../units/tree-fixture.ts';
import { initRepository } from './init-repository.ts';
import { DEFAULT_ANSWERS } from './questions.ts';
import { SHOP } from './repository-fixture.ts';

const { CANARYPROOF_HELM: helm } = process.env;
if (!helm) throw new TypeError('set CANARYPROOF_HELM to the path of the program');
const programs = { kustomize: () => Promise.reject(new Error('asked for kustomize')), helm: async () => helm };

/** What Argo Rollouts fills in is nothing of Helm's. */
const TEMPLATE = SHOP.replaceAll('{{', '{{ "{{" }}');
const FILES = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'chart/values.yaml': 'canary: false\n',
  'chart/templates/account.yaml': 'apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: shop }\n',
  'chart/templates/all.yaml': `{{- if .Values.canary }}\n${TEMPLATE}{{- end }}\n`,
};
const init = (root: string, valueFiles: readonly string[] = []) =>
  initRepository(
    {
      ...{ from: root, workingDirectory: root, to: path.join(root, 'out'), force: true, unit: undefined },
      ...{ valueFiles, host: undefined, pauses: undefined },
    },
    programs,
    DEFAULT_ANSWERS,
    '1.0.0',
  );

test('values of another folder that switch the canary on are found', async () => {
  const { unit, proposal } = await init(writeTree({ ...FILES, 'deploy/values-canary.yaml': 'canary: true\n' }));
  expect(unit).toBe('chart chart with deploy/values-canary.yaml');
  expect(proposal.claims.map(({ kind }) => kind)).toContain('canary-steps');
});

test('values that are named mean the chart, also where its own have nothing to prove', async () => {
  const root = writeTree({ ...FILES, 'other/canary.yaml': 'canary: true\n' });
  await expect(init(root)).rejects.toMatchObject({ code: 'INIT_NOTHING_TO_PROVE' });
  const { unit, proposal } = await init(root, ['other/canary.yaml']);
  expect(unit).toBe('chart chart');
  expect(proposal.claims.map(({ kind }) => kind)).toContain('canary-steps');
});
