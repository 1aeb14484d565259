import { describe, expect, it } from 'vitest';
import { applyOverlay } from './apply-overlay.ts';
import { parseOverlay } from './overlay-document.ts';
import { renderedFiles } from './rendered-files.ts';

const object = (kind: string, name: string, spec: object = {}, namespace?: string) => ({
  value: { apiVersion: 'v1', kind, metadata: { name, ...(namespace ? { namespace } : {}) }, spec },
  origin: `k8s/${name}.yaml:1`,
});
const OBJECTS = [
  object('Service', 'shop', { ports: [{ port: 80 }, { port: 90 }] }),
  object('Service', 'twin', { a: 1 }, 'one'),
  object('Service', 'twin', { a: 1 }, 'two'),
];
const HEAD = 'apiVersion: canaryproof.dev/v1alpha1\nkind: Overlay\nchanges:\n';
const overlay = (changes: string) => parseOverlay(HEAD + changes, 'overlay.yaml');
const apply = (changes: string) => applyOverlay(OBJECTS, overlay(changes), 'overlay.yaml');

describe('applyOverlay', () => {
  it('sets, removes, drops and adds, in order', () => {
    const made = apply(`
- { reason: r, object: { kind: Service, name: shop }, set: { /spec/type: ClusterIP }, remove: [/spec/ports/1] }
- { reason: r, drop: { kind: Service, name: twin, namespace: one } }
- { reason: r, add: { apiVersion: v1, kind: ConfigMap, metadata: { name: texts } } }
- { reason: r, object: { kind: ConfigMap, name: texts }, set: { /data/a: b } }
`);
    expect(made.map(({ value }) => value)).toEqual([
      { ...OBJECTS[0]?.value, spec: { ports: [{ port: 80 }], type: 'ClusterIP' } },
      OBJECTS[2]?.value,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'texts' }, data: { a: 'b' } },
    ]);
    expect(OBJECTS[0]?.value.spec).toEqual({ ports: [{ port: 80 }, { port: 90 }] });
  });

  it('takes generateName for the name of what has none, however many there are', () => {
    const hook = {
      value: { apiVersion: 'batch/v1', kind: 'Job', metadata: { generateName: 'smoke-' } },
      origin: 'a.yaml:1',
    };
    const changes = '- { reason: r, drop: { kind: Job, name: smoke- } }';
    expect(applyOverlay([hook, OBJECTS[0]!, hook], overlay(changes), 'overlay.yaml')).toEqual([OBJECTS[0]]);
    expect(renderedFiles([hook], 'application.yaml')[0]?.path).toBe('manifests/job-smoke-.yaml');
  });

  it.each([
    ['- { reason: r, drop: { kind: Service, name: gone } }', 'there is no Service gone'],
    ['- { reason: r, drop: { kind: Service, name: twin, namespace: three } }', 'there is no Service three/twin'],
    ['- { reason: r, object: { kind: Service, name: shop }, remove: [/spec/none] }', 'Service shop has no /spec/none'],
    ['- { reason: r, object: { kind: Service, name: shop }, set: { /spec/ports/7/port: 1 } }', 'has no /spec/ports/7'],
  ])('refuses %s, which would change nothing', (changes, sentence) => {
    expect(() => apply(changes)).toThrow(expect.objectContaining({ code: 'OVERLAY_STALE', exitCode: 2 }));
    expect(() => apply(changes)).toThrow(sentence);
  });
});

describe('parseOverlay', () => {
  it.each([
    '- { reason: r }',
    '- { reason: r, object: { kind: Service, name: shop } }',
    '- { object: { kind: Service, name: shop }, set: { /a: 1 } }',
    '- { reason: r, set: { /a: 1 } }',
    '- { reason: r, object: { kind: Service, name: shop }, set: { a: 1 } }',
    '- { reason: r, drop: { kind: Service, name: shop }, object: { kind: Service, name: shop }, set: { /a: 1 } }',
    '- { reason: r, drop: { kind: Service, name: shop }, because: x }',
  ])('refuses %s', (changes) => {
    expect(() => overlay(changes)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});

describe('renderedFiles', () => {
  it('makes one file for each object, and says where it is from', () => {
    const application = object('Application', 'shop');
    const files = renderedFiles([...OBJECTS, application], 'argocd/application.yaml');
    expect(files.map(({ path }) => path)).toEqual([
      'argocd/application.yaml',
      'manifests/service-shop.yaml',
      'manifests/service-twin.yaml',
      'manifests/two-service-twin.yaml',
    ]);
    expect(files[1]?.text).toMatch(/^# from k8s\/shop.yaml:1\napiVersion: v1\n/);
  });
});
