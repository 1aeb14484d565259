import { expect, test } from 'vitest';
import type { Finding } from '../lint/manifest-set.ts';
import type { RenderedUnit } from '../units/unit-model.ts';
import { refuseUnrendered } from './collect-referenced.ts';

const finding = (code: string, severity: Finding['severity'], sentence: string): Finding => ({
  ...{ code, severity, sentence, layer: 'manifest', where: 'chart/Chart.yaml:1:1' },
});

const chart = (...findings: Finding[]): RenderedUnit => ({
  unit: { name: 'chart chart', kind: 'chart', namespace: '', sources: [], application: undefined },
  ...{ objects: [], findings, files: new Set(), values: new Map(), isRenamed: false },
});

test.each([
  ['that does not render', finding('UNIT_NOT_RENDERED', 'warning', 'Helm says: no such value'), /Helm says/],
  ['without its dependencies', finding('UNIT_NOT_JUDGED', 'info', 'it depends on redis'), /depends on redis/],
  ['with a key twice', finding('MANIFEST_KEY_TWICE', 'warning', 'this key stands twice'), /renders nothing/],
])('a chart of nobody %s is refused with the reason', (_what, found, words) => {
  expect(() => refuseUnrendered(chart(found))).toThrow(words);
});
