/** The Job of a load test as Git declares it, with the files that k6 finds in its container. Pure. */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { claimFinding } from '../../lint/claim-finding.ts';
import {
  asLabels,
  asList,
  asRecord,
  errorAt,
  type Finding,
  type ManifestFile,
  type ManifestObject,
  nameOf,
  parseManifestSet,
} from '../../lint/manifest-set.ts';
import type { LoadTestClaim } from './load-test-claim.ts';

export interface DeclaredJob {
  /** Where it stands. */
  readonly manifest: ManifestObject;
  /** As it is applied. */
  readonly object: KubeObject;
  readonly name: string;
  readonly namespace: string;
  /** The one that runs k6. */
  readonly container: Readonly<Record<string, unknown>> & { readonly name: string };
  /** Every ConfigMap that it mounts beside its script, with its texts. */
  readonly mounted: readonly MountedTexts[];
  /** Those of them that lie in the folder of the Job: they are applied with it, the others are there. */
  readonly configMaps: readonly KubeObject[];
}

interface MountedTexts {
  readonly configMap: string;
  /** File name -> text. */
  readonly texts: Readonly<Record<string, string>>;
}

/** The Job; or, where there is none that can be run and judged, why. */
type ReadJob =
  | { readonly job: DeclaredJob; readonly problem?: undefined }
  | { readonly problem: Finding; readonly job?: undefined };

/** LOAD_TEST_JOB_MISSING, LOAD_TEST_NOT_K6, LOAD_TEST_SCRIPT_MISSING. */
export function readJob({ job: path, namespace, id }: LoadTestClaim, files: readonly ManifestFile[]): ReadJob {
  const { objects } = parseManifestSet(files, namespace);
  const jobs = objects.filter((one) => one.path === path && one.kind === 'Job' && one.group === 'batch');
  const [object] = jobs;
  if (!object || jobs.length > 1)
    return {
      problem: {
        ...claimFinding(
          'LOAD_TEST_JOB_MISSING',
          object ? `${path} holds ${jobs.length} Jobs` : `${path} holds no Job`,
          id,
        ),
        hint: 'Name a file of the repository that holds one Job (batch/v1), the one that runs k6.',
      },
    };
  const containers = asList(podSpecOf(object).containers).map(asRecord);
  const at = containers.findIndex((one) => scriptOf(one) !== undefined);
  const container = containers[at];
  const script = scriptOf(container);
  if (!container || script === undefined)
    return {
      problem: errorAt(object, ['spec', 'template', 'spec', 'containers'], {
        code: 'LOAD_TEST_NOT_K6',
        sentence: `no container of ${nameOf(object)} runs k6 with a script: its words are to hold run and a file that ends in .js, .mjs or .ts`,
        hint: 'args: [run, /load-test/load-test.js], with a volume that mounts the script from a ConfigMap.',
      }),
    };
  const names = mountedConfigMaps(object, container, script);
  const maps = names.flatMap(
    (name) => objects.find((one) => isConfigMap(one) && one.name === name && one.namespace === object.namespace) ?? [],
  );
  const mounted = maps.map(({ name, value }) => ({ configMap: name, texts: asLabels(value.data) }));
  const file = script.slice(script.lastIndexOf('/') + 1);
  if (maps.length < names.length || !mounted.some(({ texts }) => file in texts))
    return {
      problem: errorAt(object, ['spec', 'template', 'spec', 'containers', at], {
        code: 'LOAD_TEST_SCRIPT_MISSING',
        sentence: `${nameOf(object)} runs ${script}, and no ConfigMap in Git that it mounts there holds ${file}${names.length > 0 ? ` (it mounts ${names.join(', ')})` : ''}`,
        hint: 'Write the script as a key of a ConfigMap in Git, and mount that at the folder of the script.',
      }),
    };
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const beside = maps.filter((one) => one.path.slice(0, one.path.lastIndexOf('/') + 1) === folder);
  return {
    job: {
      ...{ manifest: object, object: placed(object), name: object.name, namespace: object.namespace, mounted },
      container: { ...container, name: String(container.name) },
      configMaps: beside.map(placed),
    },
  };
}

const isConfigMap = ({ group, kind }: ManifestObject): boolean => group === '' && kind === 'ConfigMap';

const placed = ({ value, namespace }: ManifestObject): KubeObject =>
  ({ ...value, metadata: { ...asRecord(value.metadata), namespace } }) as unknown as KubeObject;

export const podSpecOf = ({ value }: ManifestObject): Readonly<Record<string, unknown>> =>
  asRecord(asRecord(asRecord(asRecord(value.spec)?.template)?.spec)) ?? {};

/** `k6 run … FILE`, whether k6 is the command or the image's own program. */
function scriptOf(container: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const words = [...asList(container?.command), ...asList(container?.args)].map(String);
  const run = words.indexOf('run');
  return run < 0 ? undefined : words.slice(run + 1).findLast((word) => /^[^-].*\.(m?js|ts)$/.test(word));
}

/** Names of the ConfigMaps behind the volume in which the script lies. */
function mountedConfigMaps(
  object: ManifestObject,
  container: Readonly<Record<string, unknown>>,
  script: string,
): readonly string[] {
  const mount = asList(container.volumeMounts)
    .map(asRecord)
    .filter((one) => script.startsWith(`${String(one?.mountPath).replace(/\/+$/, '')}/`))
    .sort((a, b) => String(b?.mountPath).length - String(a?.mountPath).length)[0];
  const volume = asList(podSpecOf(object).volumes)
    .map(asRecord)
    .find((one) => mount !== undefined && one?.name === mount.name);
  const sources = asList(asRecord(volume?.projected)?.sources).map((one) => asRecord(one)?.configMap);
  const names = [asRecord(volume?.configMap)?.name, ...sources.map((one) => asRecord(one)?.name)];
  return names.filter((name) => typeof name === 'string');
}
