import { describe, expect, it } from 'vitest';
import { HarnessError } from '../../harness/errors/harness-error.ts';
import { CATALOGUE } from './catalogue/catalogue.ts';
import { parseComponentRequest, selectRecipes } from './selection.ts';

const select = (...texts: string[]) =>
  selectRecipes(CATALOGUE, texts.map(parseComponentRequest)).map(({ component, version }) => `${component} ${version}`);

describe('selection', () => {
  it('takes the default, a named version, and a leading v', () => {
    expect(select('argo-rollouts', 'argo-rollouts=1.8.5', 'k6=v2.2.0')).toEqual([
      'argo-rollouts 1.9.2',
      'argo-rollouts 1.8.5',
      'k6 2.2.0',
    ]);
  });

  it('names each component once', () => {
    expect(select('etcd', 'k6', 'etcd', 'etcd=3.6.5')).toEqual(['etcd 3.6.5', 'k6 2.2.0']);
  });

  it.each([
    ['nonesuch', 'COMPONENT_UNKNOWN', 'kubernetes'],
    ['argo-rollouts=1.0.0', 'COMPONENT_VERSION_UNKNOWN', '1.9.2, 1.9.0, 1.8.5, 1.7.2'],
    ['=1.0.0', 'COMPONENT_REQUEST', 'argo-rollouts=1.8.5'],
    ['k6=', 'COMPONENT_REQUEST', 'argo-rollouts=1.8.5'],
    ['k6=1=2', 'COMPONENT_REQUEST', 'argo-rollouts=1.8.5'],
  ])('refuses %s as a usage error with a hint', (text, code, hint) => {
    const error = (() => {
      try {
        return select(text);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(HarnessError);
    expect(error).toMatchObject({ code, exitCode: 2, hint: expect.stringContaining(hint) });
  });
});
