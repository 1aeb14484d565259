/** Routes that send copies of requests to a shadow. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject } from '../lint/manifest-set.ts';
import { armsOf } from './split-arms.ts';
import type { UnitFacts, Workload } from './unit-facts.ts';

export interface Shadow {
  /** Undefined where it is not exactly one. */
  readonly workload: Workload | undefined;
  readonly host: string;
  readonly percent: number;
}

/** Of one route, in either spelling; without a percentage all requests are mirrored. */
export function shadowsOf(virtualService: ManifestObject, index: number, facts: UnitFacts): readonly Shadow[] {
  const route = asRecord(asList(valueAt(virtualService.value, '/spec/http'))[index]) ?? {};
  const percentOf = (percentage: unknown) => Number(asRecord(percentage)?.value ?? 100);
  const single = asRecord(route.mirror);
  // an older spelling is a whole number by itself
  const older = route.mirrorPercent ?? route.mirror_percent;
  return [
    ...(single
      ? [{ destination: single, percent: older === undefined ? percentOf(route.mirrorPercentage) : Number(older) }]
      : []),
    ...asList(route.mirrors).flatMap((entry) => {
      const mirror = asRecord(entry);
      const destination = asRecord(mirror?.destination);
      return destination ? [{ destination, percent: percentOf(mirror?.percentage) }] : [];
    }),
  ].flatMap(({ destination, percent }) => {
    const [arm] = armsOf({ route: { index, matches: [], destinations: [{ destination }] } }, facts);
    return arm && percent > 0 ? [{ workload: arm.workload, host: arm.host, percent }] : [];
  });
}
