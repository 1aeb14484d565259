import { describe, expect, it } from 'vitest';
import { lintManifests } from '../lint-manifests.ts';

function found(options: { above?: string; beside?: string; name?: string; annotation?: string; limit?: number }) {
  const { above = '', beside = '', name = 'errors', annotation = '', limit = 8 } = options;
  const text = `apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: limits, annotations: { description: "${annotation}" } }
spec:
  metrics:
${above}    - name: ${name}
      interval: 15s
      failureLimit: ${limit} ${beside}
      failureCondition: len(result) > 0 && result[0] > 0.05
      provider:
        prometheus:
          query: sum(rate(istio_requests_total{response_code=~"5.."}[1m])) or vector(0)
`;
  return lintManifests([{ path: 'a.yaml', text }]).filter(
    ({ code }) => code === 'ANALYSIS_FAILURE_LIMIT_IS_NO_DURATION',
  );
}

describe('a failureLimit that was meant as a duration', () => {
  it('is told where a comment, the name or an annotation says so', () => {
    expect(found({ above: '    # more than 5 % errors for 2 minutes\n' })).toHaveLength(1);
    expect(found({ beside: '# eight in a row' })).toHaveLength(1);
    expect(found({ name: 'errors-for-2m' })).toHaveLength(1);
    expect(found({ annotation: 'aborts when sustained' })).toHaveLength(1);
  });

  it('is not where nothing does: a tolerance is a tolerance', () => {
    expect(found({})).toEqual([]);
    expect(found({ above: '    # tolerates a few failures\n' })).toEqual([]);
    expect(found({ beside: '# for the rate of 5 % see the wiki' })).toEqual([]);
  });

  it('is not where the failures fill no whole minute', () => {
    expect(found({ beside: '# for 2 minutes', limit: 5 })).toEqual([]);
    expect(found({ beside: '# for 2 minutes', limit: 0 })).toEqual([]);
  });
});
