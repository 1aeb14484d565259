/**
 * Where dashboards and data sources stand in Git: as files, or in ConfigMaps as the sidecar of Grafana's chart takes them,
 * which writes every key of a labelled ConfigMap as a file (github.com/kiwigrid/k8s-sidecar). Of those files Grafana loads
 * the ones that end in `.json` (pkg/services/provisioning/dashboards/file_reader.go).
 */
import { z } from 'zod';
import { parseYamlSource } from '../../../documents/yaml-source.ts';
import { asLabels, asRecord, type ManifestFile } from '../../../lint/manifest-set.ts';

export interface StoredText {
  /** File in Git, and the key of the ConfigMap that is in it. */
  readonly place: string;
  readonly text: string;
  /** Undefined: a plain file. */
  readonly configMap?: { readonly name: string; readonly namespace: string | undefined; readonly key: string };
}

export interface StoredTexts {
  readonly texts: readonly StoredText[];
  /** Why there are none. */
  readonly problem?: string;
}

/** The dashboards of one file in Git. */
export function storedDashboards(files: readonly ManifestFile[], path: string, label: string): StoredTexts {
  const file = files.find((one) => one.path === path);
  if (!file) return { texts: [], problem: 'is not in Git' };
  const maps = configMapsOf(file);
  if (maps.length === 0)
    return path.endsWith('.json')
      ? { texts: [{ place: path, text: file.text }] }
      : { texts: [], problem: 'holds neither JSON nor a ConfigMap' };
  const labelled = maps.filter(({ labels }) => label in labels);
  if (labelled.length === 0) return { texts: [], problem: `holds no ConfigMap with the label ${label}` };
  const texts = labelled.flatMap(({ name, namespace, data }) =>
    Object.entries(data)
      .filter(([key]) => key.endsWith('.json'))
      .map(([key, text]) => ({ place: `${path} (${key})`, text, configMap: { name, namespace, key } })),
  );
  return texts.length > 0
    ? { texts }
    : { texts, problem: `holds no key that ends in .json, and Grafana loads no other` };
}

export interface DataSource {
  readonly name: string;
  readonly uid: string | undefined;
  readonly type: string;
  readonly isDefault: boolean;
  /** Its scrape interval as Grafana was told it; undefined: Grafana takes 15 s. */
  readonly timeInterval: string | undefined;
}

const provisioning = z.object({
  datasources: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      uid: z.string().nullish(),
      isDefault: z.boolean().nullish(),
      jsonData: z.object({ timeInterval: z.string().nullish() }).nullish(),
    }),
  ),
});

/**
 * Of a provisioning file of Grafana, or of ConfigMaps that hold one.
 * https://grafana.com/docs/grafana/latest/administration/provisioning/#data-sources
 */
export function provisionedSources(files: readonly ManifestFile[], path: string): readonly DataSource[] {
  const file = files.find((one) => one.path === path);
  if (!file) return [];
  const maps = configMapsOf(file);
  const texts = maps.length === 0 ? [file.text] : maps.flatMap(({ data }) => Object.values(data));
  return texts
    .flatMap((text) => parseYamlSource(path, text).documents.map((document) => document.value))
    .flatMap((value) => provisioning.safeParse(value).data?.datasources ?? [])
    .map(({ name, type, uid, isDefault, jsonData }) => ({
      ...{ name, type, uid: uid ?? undefined, isDefault: isDefault ?? false },
      timeInterval: jsonData?.timeInterval ?? undefined,
    }));
}

function configMapsOf(file: ManifestFile) {
  return parseYamlSource(file.path, file.text).documents.flatMap(({ value }) => {
    const object = asRecord(value);
    const metadata = asRecord(object?.metadata);
    if (object?.kind !== 'ConfigMap' || typeof metadata?.name !== 'string') return [];
    const namespace = typeof metadata.namespace === 'string' ? metadata.namespace : undefined;
    return [{ name: metadata.name, namespace, labels: asLabels(metadata.labels), data: asLabels(object.data) }];
  });
}
