import { expect, test } from 'vitest';
import type { FindingReport } from '../../reports/model/run-report.ts';
import type { Profile } from '../profile/profile.ts';
import { exceptions, refusing } from './preflight.ts';

const finding = (code: string, severity: FindingReport['severity']): FindingReport => ({
  code,
  layer: 'manifest',
  severity,
  sentence: code,
});
const [error, warning, claim] = [finding('A', 'error'), finding('B', 'warning'), finding('C', 'error')];
const own = { source: { directory: '/p', files: [], application: 'a.yaml', repository: undefined } };
const repository = { from: { directory: '/r' }, unit: 'folder k8s', valueFiles: [], overlay: '/p/overlay.yaml' };
const strange = { source: { ...own.source, directory: undefined, repository } } satisfies Pick<Profile, 'source'>;

test('errors of manifests refuse a run of one’s own repository, and not of somebody’s', () => {
  const manifests = [error, warning];
  expect(refusing([...manifests, claim], manifests, own)).toEqual([error, claim]);
  expect(refusing([...manifests, claim], manifests, strange)).toEqual([claim]);
});

test('each change of a manifest stands in the report', () => {
  expect(exceptions(['Gateway shop: its selector'], strange)).toEqual([
    {
      code: 'MANIFEST_CHANGED',
      layer: 'instrument',
      severity: 'info',
      sentence: 'The run changed Gateway shop: its selector',
      where: '/p/overlay.yaml',
    },
  ]);
});
