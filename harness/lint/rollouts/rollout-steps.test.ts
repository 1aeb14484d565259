import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDeclaredSteps } from './rollout-steps.ts';

const fixture = (name: string) => ({
  path: name,
  text: readFileSync(path.join(import.meta.dirname, '..', 'fixtures', name), 'utf8'),
});

describe('readDeclaredSteps', () => {
  it('adds up what holds a weight', () => {
    const { text, ...file } = fixture('valid-rollout.yaml');
    const endless = text.replace('      count: 8\n', '');
    const [steps] = readDeclaredSteps([{ ...file, text: endless }], 'shop');
    expect(steps).toEqual({
      rollout: 'cart',
      namespace: 'shop',
      steps: [
        { share: 0.1, heldMs: 60_000 },
        // its template holds a metric without count, which ends only with the run
        { share: 0.5, heldMs: undefined },
      ],
    });
  });

  it.each([
    ['{ pause: {} }', undefined],
    ['{ pause: { duration: 90 } }', 90_000],
    ['{ pause: { duration: "90" } }', 90_000],
    ['{ pause: { duration: 1m30s } }', 90_000],
    ['{ setCanaryScale: { replicas: 3 } }', 0],
    ['{ analysis: { templates: [{ templateName: three }] } }', 30_000],
  ])('%s holds for %s ms', (step, heldMs) => {
    const text = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: cart }
spec: { strategy: { canary: { steps: [{ setWeight: 5 }, ${step}, { setWeight: 100 }] } } }
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: three }
spec:
  metrics:
    - { name: a, initialDelay: 10s, interval: 10s, count: 3, provider: { prometheus: { query: up } } }
    - { name: b, provider: { prometheus: { query: up } } }
`;
    expect(readDeclaredSteps([{ path: 'a.yaml', text }])).toMatchObject([
      {
        steps: [
          { share: 0.05, heldMs },
          { share: 1, heldMs: 0 },
        ],
      },
    ]);
  });
});
