/** The files of the run's repository: one object each, numbered as rendered, and the Application that applies them. Pure. */
import { writeYaml } from '../documents/yaml/write-yaml.ts';
import type { RepositoryFile } from '../profile/collect-repository.ts';
import type { PlacedObject } from './apply-overlay.ts';

/** Folder of the run's repository that its Application reads. */
export const MANIFESTS = 'manifests';

/** @param application path of the Application's file */
export function renderedFiles(objects: readonly PlacedObject[], application: string): readonly RepositoryFile[] {
  const taken = new Set<string>();
  return objects
    .map((object) => ({
      path: object.value.kind === 'Application' ? application : fileOf(object, taken),
      text: textOf(object),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** `manifests/rollout-shop.yaml`; the same name in a second namespace gets that before it. */
export function fileOf({ value }: Pick<PlacedObject, 'value'>, taken = new Set<string>()): string {
  const metadata = (value.metadata ?? {}) as { name?: string; generateName?: string; namespace?: string };
  const { name = metadata.generateName ?? '', namespace = '' } = metadata;
  const own = `${String(value.kind)}-${name}`.toLowerCase().replaceAll(/[^a-z0-9.-]+/g, '-');
  const path = [own, `${namespace}-${own}`].map((one) => `${MANIFESTS}/${one}.yaml`).find((one) => !taken.has(one));
  const free = path ?? `${MANIFESTS}/${own}-${taken.size}.yaml`;
  taken.add(free);
  return free;
}

/** Without anchors, and with every text of a line on one line, so that an edit is one of a line. */
function textOf({ value, origin }: PlacedObject): string {
  const from = origin === undefined ? '# added by overlay.yaml' : `# from ${origin.replaceAll(/[\r\n]+/g, ' ')}`;
  return `${from}\n${writeYaml(value, { lineWidth: 0 })}`;
}
