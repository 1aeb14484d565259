/**
 * Mounts of one container that cannot both be made. The kubelet gives the runtime all mounts of a container, which makes them
 * one below the other; where one is a file, nothing can lie below it: runc ends with "not a directory" (or "read-only
 * file system", as it cannot make one), and the container never starts, however often it is tried.
 * Pure.
 */
import {
  asList,
  asRecord,
  errorAt,
  type Finding,
  type ManifestObject,
  type ManifestSet,
  named,
} from '../manifest-set.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Mount {
  readonly written: string;
  /** Without what does not matter, such as a slash at the end. */
  readonly at: string;
  /** Whether it is known to be a file, and why. */
  readonly fileBecause: string | undefined;
  readonly path: readonly (string | number)[];
  readonly name: string;
}

const POD_TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};
const WITH_TEMPLATE = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'Rollout']);

/** VOLUME_MOUNT_BELOW_FILE, VOLUME_MOUNT_TWICE. */
export function mountFindings(set: ManifestSet): readonly Finding[] {
  return set.objects.flatMap((object) => {
    const path =
      POD_TEMPLATES[object.kind] ?? (WITH_TEMPLATE.has(object.kind) ? ['spec', 'template', 'spec'] : undefined);
    const spec = path?.reduce<Fields | undefined>((at, key) => asRecord(at?.[key]), object.value);
    if (!path || !spec) return [];
    return ['initContainers', 'containers'].flatMap((kind) =>
      asList(spec[kind]).flatMap((container, index) =>
        containerFindings(set, object, asRecord(container), spec, [...path, kind, index]),
      ),
    );
  });
}

function containerFindings(
  set: ManifestSet,
  object: ManifestObject,
  container: Fields | undefined,
  spec: Fields,
  path: readonly (string | number)[],
): readonly Finding[] {
  const mounts = asList(container?.volumeMounts).flatMap((entry, index): Mount[] => {
    const mount = asRecord(entry);
    const at = typeof mount?.mountPath === 'string' ? normal(mount.mountPath) : undefined;
    if (!mount || at === undefined) return [];
    const fileBecause = whyFile(set, object, mount, spec);
    return [
      {
        written: mount.mountPath as string,
        at,
        fileBecause,
        path: [...path, 'volumeMounts', index],
        name: String(mount.name),
      },
    ];
  });
  const who = `container ${String(container?.name)} of ${object.kind} ${object.name}`;
  return mounts.flatMap((mount, index): readonly Finding[] => {
    const twin = mounts.slice(0, index).find(({ written }) => written === mount.written);
    if (twin)
      return [
        errorAt(object, [...mount.path, 'mountPath'], {
          code: 'VOLUME_MOUNT_TWICE',
          sentence: `${who} mounts ${twin.name} and ${mount.name} at ${mount.written}`,
          hint: 'The API server refuses it: each mountPath must be unique in a container.',
        }),
      ];
    const file = mounts.find((other) => other.fileBecause !== undefined && mount.at.startsWith(`${other.at}/`));
    if (!file) return [];
    return [
      errorAt(object, [...mount.path, 'mountPath'], {
        code: 'VOLUME_MOUNT_BELOW_FILE',
        sentence: `${who} mounts ${mount.name} at ${mount.at}, below ${file.at}, where a file is mounted (${file.fileBecause})`,
        hint: 'The container can never start: nothing lies below a file. Mount the file at another path, or the volume as a folder.',
      }),
    ];
  });
}

/** `/etc/x/` and `/etc//x` are `/etc/x`; undefined where it is no absolute path, or holds a variable. */
function normal(mountPath: string): string | undefined {
  if (!mountPath.startsWith('/') || mountPath.includes('$(')) return undefined;
  const parts: string[] = [];
  for (const part of mountPath.split('/'))
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  return parts.length === 0 ? undefined : `/${parts.join('/')}`;
}

/** Only where it is certain: the key of a ConfigMap or Secret is a file, and so is a `hostPath` that says so. */
function whyFile(set: ManifestSet, object: ManifestObject, mount: Fields, spec: Fields): string | undefined {
  const volume = asList(spec.volumes)
    .map(asRecord)
    .find((one) => one !== undefined && one.name === mount.name);
  if (!volume) return undefined;
  const type = asRecord(volume.hostPath)?.type;
  const subPath = typeof mount.subPath === 'string' ? mount.subPath.replace(/^\.\//, '') : '';
  if (subPath === '') return type === 'File' || type === 'FileOrCreate' ? `hostPath of type ${type}` : undefined;
  const keys = keysOf(set, object, volume);
  return keys?.files.has(subPath) ? `subPath ${subPath} of ${keys.source}` : undefined;
}

/** Files of a volume, where the objects that it is made from are known. */
function keysOf(
  set: ManifestSet,
  { namespace }: ManifestObject,
  volume: Fields,
): { readonly source: string; readonly files: ReadonlySet<string> } | undefined {
  const configMap = asRecord(volume.configMap);
  const source = configMap ?? asRecord(volume.secret);
  const name = configMap ? configMap.name : asRecord(volume.secret)?.secretName;
  if (!source || typeof name !== 'string') return undefined;
  const kind = configMap ? 'ConfigMap' : 'Secret';
  const items = asList(source.items).flatMap((entry) => {
    const path = asRecord(entry)?.path;
    return typeof path === 'string' ? [path] : [];
  });
  // where items are listed, no other key is in the volume
  if (items.length > 0) return { source: `${kind} ${name}`, files: new Set(items) };
  const found = named(set.objects, kind, name).find((one) => one.group === '' && one.namespace === namespace);
  const data = ['data', 'binaryData', 'stringData'].flatMap((key) => Object.keys(asRecord(found?.value[key]) ?? {}));
  return found && { source: `${kind} ${name}`, files: new Set(data) };
}
