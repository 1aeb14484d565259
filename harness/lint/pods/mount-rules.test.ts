import { expect, test } from 'vitest';
import { parseManifestSet } from '../manifest-set.ts';
import { mountFindings } from './mount-rules.ts';

const SETTINGS = `---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: shop }
data: { app.conf: x, other.conf: y }
`;
interface Told {
  readonly mounts: string;
  readonly volumes: string;
  readonly more?: string;
}
function found({ mounts, volumes, more = SETTINGS }: Told) {
  const text = `apiVersion: apps/v1
kind: Deployment
metadata: { name: cart, namespace: shop }
spec:
  template:
    spec:
      containers:
        - name: app
          volumeMounts:
${mounts.replace(/^/gm, '            ')}
      volumes:
${volumes.replace(/^/gm, '        ')}
${more}`;
  return mountFindings(parseManifestSet([{ path: 'cart.yaml', text }])).map(
    ({ code, severity, where, sentence }) => `${severity} ${code} ${where} ${sentence}`,
  );
}
const CONFIG = '- { name: config, configMap: { name: settings } }\n- { name: data, emptyDir: {} }';
const below = (path: string) => `- { name: data, mountPath: ${path} }`;
const file = '- { name: config, mountPath: /etc/app, subPath: app.conf }';

test('a volume below a file that is mounted is an error, at its path', () => {
  expect(found({ mounts: `${file}\n${below('/etc/app/data/')}`, volumes: CONFIG })).toEqual([
    'error VOLUME_MOUNT_BELOW_FILE cart.yaml:11:40 container app of Deployment cart mounts data at /etc/app/data, below /etc/app, where a file is mounted (subPath app.conf of ConfigMap settings)',
  ]);
});

test.each<[string, Told]>([
  ['in whatever order they stand', { mounts: `${below('/etc/app/data')}\n${file}`, volumes: CONFIG }],
  [
    'of a Secret whose items say so, wherever it is',
    {
      mounts: `- { name: config, mountPath: /etc/app, subPath: a.pem }\n${below('/etc/app/data')}`,
      volumes: CONFIG.replace(
        'configMap: { name: settings }',
        'secret: { secretName: tls, items: [{ key: a, path: a.pem }] }',
      ),
      more: '',
    },
  ],
  [
    'of the machine, as its type says',
    {
      mounts: `- { name: config, mountPath: /etc/app }\n${below('/etc/app/data')}`,
      volumes: CONFIG.replace('configMap: { name: settings }', 'hostPath: { path: /x, type: File }'),
    },
  ],
])('a file is known %s', (_, told) => {
  expect(found(told)).toMatchObject([expect.stringContaining('VOLUME_MOUNT_BELOW_FILE')]);
});

test.each<[string, Told]>([
  [
    'a folder below a folder',
    { mounts: `- { name: config, mountPath: /etc/app }\n${below('/etc/app/data')}`, volumes: CONFIG },
  ],
  [
    'a file in a folder',
    { mounts: `${below('/etc/app')}\n${file.replace('/etc/app', '/etc/app/app.conf')}`, volumes: CONFIG },
  ],
  ['a name that begins alike', { mounts: `${file}\n${below('/etc/app-data')}`, volumes: CONFIG }],
  ['a ConfigMap that is not here', { mounts: `${file}\n${below('/etc/app/data')}`, volumes: CONFIG, more: '' }],
  [
    'a folder that items make',
    {
      mounts: `- { name: config, mountPath: /etc/app, subPath: conf.d }\n${below('/etc/app/data')}`,
      volumes: CONFIG.replace('name: settings', 'name: settings, items: [{ key: app.conf, path: conf.d/app.conf }]'),
    },
  ],
  [
    'a folder of a claim',
    {
      mounts: `${file}\n${below('/etc/app/data')}`,
      volumes: CONFIG.replace('configMap: { name: settings }', 'persistentVolumeClaim: { claimName: x }'),
    },
  ],
  ['mounts that are none', { mounts: '- null\n- { name: config }\n- { mountPath: 5 }', volumes: '- null\n- 7' }],
])('says nothing of %s', (_, told) => {
  expect(found(told)).toEqual([]);
});

test('two volumes at one path are refused by the API server', () => {
  expect(found({ mounts: `${below('/data')}\n- { name: config, mountPath: /data }`, volumes: CONFIG })).toEqual([
    'error VOLUME_MOUNT_TWICE cart.yaml:11:42 container app of Deployment cart mounts data and config at /data',
  ]);
});
