/**
 * Which share of the requests Git says is traced, and where spans go: Istio's Telemetry, as its reference describes
 * `spec.tracing` (one entry for a proxy; `randomSamplingPercentage` from 0 to 100). Pure.
 */

import type { NamedRef } from '../../documents/references.ts';
import { formatPosition } from '../../documents/yaml-source.ts';
import { usageError } from '../../errors/harness-error.ts';
import { asList, asRecord, type ManifestFile, parseManifestSet } from '../../lint/manifest-set.ts';

export interface DeclaredSampling {
  /** Above 0, at most 1. */
  readonly share: number;
  /** Of `meshConfig.extensionProviders`. */
  readonly provider: string;
  /** File, line and column. */
  readonly where: string;
}

/** @throws HarnessError TRACING_UNDECLARED (exit 2) where no such share can be read */
export function declaredSampling(
  files: readonly ManifestFile[],
  home: string,
  { name, namespace }: NamedRef,
): DeclaredSampling {
  const found = parseManifestSet(files, home).objects.find(
    (one) =>
      one.group === 'telemetry.istio.io' &&
      one.kind === 'Telemetry' &&
      one.name === name &&
      one.namespace === namespace,
  );
  if (!found)
    throw usageError('TRACING_UNDECLARED', `Telemetry ${namespace}/${name} is in no file of the repository`, {
      hint: 'It declares which share of the requests is traced: spec.tracing with a provider and randomSamplingPercentage.',
    });
  const undeclared = (sentence: string, path: readonly (string | number)[], hint: string) =>
    usageError('TRACING_UNDECLARED', `Telemetry ${namespace}/${name} ${sentence}`, {
      where: formatPosition(found.positionOf(['spec', ...path])),
      hint,
    });
  const entries = asList(asRecord(found.value.spec)?.tracing);
  const [entry] = entries.map((one) => asRecord(one) ?? {});
  if (entries.length !== 1 || !entry)
    throw undeclared(
      `has ${entries.length} entries under tracing`,
      ['tracing'],
      'Write one: several are for client and server spans of their own, which this claim does not tell apart.',
    );
  if (entry.disableSpanReporting === true)
    throw undeclared('has disableSpanReporting', ['tracing', 0], 'Nothing is traced with it.');
  const percentage = entry.randomSamplingPercentage;
  if (typeof percentage !== 'number' || !(percentage > 0 && percentage <= 100))
    throw undeclared(
      'declares no randomSamplingPercentage above 0 and at most 100',
      ['tracing', 0],
      'Without one a default of the mesh decides, which is not in this repository.',
    );
  const provider = asRecord(asList(entry.providers)[0])?.name;
  if (typeof provider !== 'string')
    throw undeclared('names no provider', ['tracing', 0], 'Write providers: [{ name: jaeger }].');
  return {
    share: percentage / 100,
    provider,
    where: formatPosition(found.positionOf(['spec', 'tracing', 0, 'randomSamplingPercentage'])),
  };
}
