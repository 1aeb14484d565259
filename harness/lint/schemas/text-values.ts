/**
 * Numbers and truth values where the API takes text alone: it refuses the whole object ("cannot unmarshal bool into Go struct
 * field EnvVar.value of type string"). To kubectl, Argo CD and Helm plain `yes` and `on` are truth values (documents/yaml/go-scalars.ts).
 */
import type { ValuePath } from '../../documents/yaml-source.ts';
import {
  asList,
  asRecord,
  errorAt,
  type Finding,
  type ManifestObject,
  type ManifestSet,
  nameOf,
} from '../manifest-set.ts';

type Place = readonly [ValuePath, unknown];

/** MANIFEST_TEXT_EXPECTED, once for each object. */
export function textValueFindings(set: ManifestSet): readonly Finding[] {
  return set.objects.flatMap((object): Finding[] => {
    const wrong = placesOf(object).filter(([, value]) => typeof value === 'number' || typeof value === 'boolean');
    const [first] = wrong;
    if (!first) return [];
    const [path, value] = first;
    const others = wrong.length > 1 ? ` (so are ${wrong.length - 1} more places of it)` : '';
    return [
      errorAt(object, path, {
        code: 'MANIFEST_TEXT_EXPECTED',
        sentence: `${nameOf(object)}: ${path.join('.')} is the ${typeof value === 'number' ? 'number' : 'truth value'} ${value}, where only text may stand, so the API server refuses the object${others}`,
        hint: `Quote it as it is written${typeof value === 'number' ? '' : ' (plain yes, no, on and off are truth values as well)'}; in a chart with | quote.`,
      }),
    ];
  });
}

/** Wherever the API has maps or lists of text that people fill with figures and switches. */
function placesOf({ group, kind, value }: ManifestObject): readonly Place[] {
  const spec = asRecord(value.spec);
  const own = metadataPlaces(value, []);
  if (group === '' && (kind === 'ConfigMap' || kind === 'Secret'))
    return [...own, ...['data', 'stringData'].flatMap((key) => mapPlaces(value[key], [key]))];
  if (group === '' && kind === 'Service') return [...own, ...mapPlaces(spec?.selector, ['spec', 'selector'])];
  if (group === '' && kind === 'Pod') return [...own, ...podPlaces(value, [])];
  if (group === 'networking.istio.io' && kind === 'DestinationRule')
    return [
      ...own,
      ...asList(spec?.subsets).flatMap((subset, index) =>
        mapPlaces(asRecord(subset)?.labels, ['spec', 'subsets', index, 'labels']),
      ),
    ];
  if (group !== 'apps' && group !== 'batch' && !(group === 'argoproj.io' && kind === 'Rollout')) return own;
  const job = asRecord(asRecord(spec?.jobTemplate)?.spec);
  const template: ValuePath = job ? ['spec', 'jobTemplate', 'spec', 'template'] : ['spec', 'template'];
  return [
    ...own,
    ...mapPlaces(asRecord(spec?.selector)?.matchLabels, ['spec', 'selector', 'matchLabels']),
    ...podPlaces(asRecord((job ?? spec)?.template), template),
  ];
}

function metadataPlaces(value: Readonly<Record<string, unknown>> | undefined, at: ValuePath): readonly Place[] {
  const metadata = asRecord(value?.metadata);
  return ['labels', 'annotations'].flatMap((key) => mapPlaces(metadata?.[key], [...at, 'metadata', key]));
}

/** @param pod a pod, or the template of one */
function podPlaces(pod: Readonly<Record<string, unknown>> | undefined, at: ValuePath): readonly Place[] {
  const spec = asRecord(pod?.spec);
  const containers = ['containers', 'initContainers'].flatMap((key) =>
    asList(spec?.[key]).flatMap((container, index) =>
      containerPlaces(asRecord(container), [...at, 'spec', key, index]),
    ),
  );
  return [...metadataPlaces(pod, at), ...mapPlaces(spec?.nodeSelector, [...at, 'spec', 'nodeSelector']), ...containers];
}

function containerPlaces(container: Readonly<Record<string, unknown>> | undefined, at: ValuePath): readonly Place[] {
  const lists = ['command', 'args'].flatMap((key) =>
    asList(container?.[key]).map((value, index): Place => [[...at, key, index], value]),
  );
  const values = asList(container?.env).map(
    (entry, index): Place => [[...at, 'env', index, 'value'], asRecord(entry)?.value],
  );
  return [...values, ...lists];
}

const mapPlaces = (map: unknown, at: ValuePath): readonly Place[] =>
  Object.entries(asRecord(map) ?? {}).map(([key, value]) => [[...at, key], value]);
