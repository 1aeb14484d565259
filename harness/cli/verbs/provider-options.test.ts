import { expect, test } from 'vitest';
import { createFakeServices } from '../../testkit/fakes/fake-services.ts';
import { createFakeWorld } from '../../testkit/fakes/fake-world.ts';
import { imagesNamed } from '../images/images-named.ts';
import { run } from '../run.ts';

async function up(...argv: string[]) {
  const world = createFakeWorld({ cwd: '/work-here' });
  const services = createFakeServices();
  const exitCode = await run(world, ['up', ...argv], services);
  return { exitCode, stderr: world.stderrText(), request: services.calls[0]?.request };
}

test('what a user says of the nodes reaches the provider', async () => {
  const { exitCode, request } = await up(
    ...['--provider', 'kind', '--nodes', '3', '--node-image', 'own/node:1', '--ingress-port', '8080', '--keep'],
    ...['--mount', 'data:/mnt/data:ro', '--mount', '/x:/y', '--registry-mirror', 'docker.io=http://m:5000'],
  );
  expect(exitCode).toBe(0);
  expect(request).toMatchObject({
    provider: 'kind',
    keep: true,
    settings: {
      nodes: 3,
      nodeImage: 'own/node:1',
      ingressPort: 8080,
      mounts: [
        { hostPath: '/work-here/data', nodePath: '/mnt/data', readOnly: true },
        { hostPath: '/x', nodePath: '/y', readOnly: false },
      ],
      registryMirrors: { 'docker.io': 'http://m:5000' },
    },
  });
});

test('an existing cluster is named by context, with the folder that its Git server serves', async () => {
  const { request } = await up(
    ...['--provider', 'existing', '--context', 'prod', '--allow-context', 'prod', '--kubeconfig', 'k'],
    ...['--git-folder', 'repos=http://git:3000/', '--runners', '3'],
  );
  expect(request).toMatchObject({
    settings: {
      context: 'prod',
      allowContext: 'prod',
      kubeconfig: '/work-here/k',
      gitFolder: { directory: '/work-here/repos', url: 'http://git:3000' },
      runners: 3,
    },
  });
});

test.each([
  [['--context', 'x'], 'OPTION_USELESS', '--context means nothing to provider local'],
  [['--provider', 'existing', '--memory', '100'], 'OPTION_USELESS', 'minikube'],
  [['--provider', 'docker'], 'USAGE_INVALID_ARGUMENT', 'local, kind, minikube, existing'],
  [['--provider', 'kind', '--ingress-port', '70000'], 'USAGE_INVALID_ARGUMENT', '65535'],
  [['--provider', 'kind', '--nodes', '1.5'], 'USAGE_INVALID_ARGUMENT', 'whole number'],
  [['--provider', 'kind', '--nodes', '0'], 'USAGE_INVALID_ARGUMENT', '1 or more'],
  [['--provider', 'minikube', '--memory', '0'], 'USAGE_INVALID_ARGUMENT', '1 or more'],
  [['--provider', 'minikube', '--cpus', '0.5'], 'USAGE_INVALID_ARGUMENT', 'whole number'],
  [['--provider', 'existing', '--runners', '1.5'], 'USAGE_INVALID_ARGUMENT', 'whole number'],
  [['--provider', 'kind', '--mount', 'a:b'], 'USAGE_INVALID_ARGUMENT', 'HOST_PATH'],
  [['--provider', 'existing', '--git-folder', 'a=b'], 'USAGE_INVALID_ARGUMENT', 'DIRECTORY=URL'],
])('%j: %s', async (argv, code, text) => {
  const { exitCode, stderr, request } = await up(...argv);
  expect({ exitCode, request }).toEqual({ exitCode: 2, request: undefined });
  expect(stderr).toContain(code);
  expect(stderr).toContain(text);
});

test('images that manifests name, kustomizations included', () => {
  const files = [
    {
      path: 'a.yaml',
      text: 'spec: {template: {spec: {containers: [{image: "x/a:1"}, {image: x/b:2}]}}}\n---\nimage: x/a:1\n',
    },
    {
      path: 'kustomization.yaml',
      text: 'images:\n  - name: x/a\n    newTag: "9"\n  - {name: x/c, newName: y/c, newTag: v1}\n',
    },
    { path: 'README.md', text: 'image: not/one:1\n' },
  ];
  expect(imagesNamed(files)).toEqual(['x/a:1', 'x/a:9', 'x/b:2', 'y/c:v1']);
});
