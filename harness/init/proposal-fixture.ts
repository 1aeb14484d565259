/** What is proposed for the text of one unit, for tests. */
import { parseManifestSet } from '../lint/manifest-set.ts';
import type { RenderedUnit } from '../units/unit-model.ts';
import { type Proposal, propose } from './propose.ts';

export function proposal(text: string, change: Partial<Parameters<typeof propose>[0]> = {}): Proposal {
  const { objects } = parseManifestSet([{ path: 'a.yaml', text }]);
  const rendered: RenderedUnit = {
    unit: { name: 'folder .', kind: 'folder', namespace: '', sources: [], application: undefined },
    ...{ objects, findings: [], files: new Set(), values: new Map(), isRenamed: false },
  };
  return propose({
    rendered,
    others: objects,
    findings: [],
    name: 'shop',
    host: undefined,
    realPauses: false,
    ...change,
  });
}
