/** What containers ask of the machine. Pure. */
import { pointerSegments, pointerTo } from '../../../documents/json-pointer.ts';
import { asRecord } from '../../../lint/manifest-set.ts';
import type { Container } from '../../unit-facts.ts';
import type { Edit } from '../change.ts';

export const SMALL = 'the run has one small machine';

const MEBIBYTE = 1024 * 1024;
/** What is more than `most` becomes `instead`. */
const BOUNDS = [
  { name: 'cpu', most: 0.1, instead: '50m' },
  { name: 'memory', most: 128 * MEBIBYTE, instead: '64Mi' },
  { name: 'ephemeral-storage', most: 128 * MEBIBYTE, instead: '64Mi' },
];

export function sizeEdits({ value, pointer }: Container): Edit[] {
  const resources = asRecord(value.resources);
  // without a request the limit is one
  const asked = { ...asRecord(resources?.limits), ...asRecord(resources?.requests) };
  const set = Object.fromEntries(
    BOUNDS.filter(({ name, most }) => quantity(asked[name]) > most).map(({ name, instead }) => [
      `${pointer}/resources/requests/${name}`,
      instead,
    ]),
  );
  const devices = ['limits', 'requests'].flatMap((list) =>
    Object.keys(asRecord(resources?.[list]) ?? {})
      .filter((name) => !BOUNDS.some((bound) => bound.name === name))
      .map((name) => pointerTo(...pointerSegments(pointer), 'resources', list, name)),
  );
  const claimed = resources?.claims === undefined ? [] : [`${pointer}/resources/claims`];
  return [
    ...(Object.keys(set).length > 0 ? [{ reason: SMALL, set }] : []),
    ...(devices.length + claimed.length > 0
      ? [{ reason: 'the machine has no such device', remove: [...devices, ...claimed] }]
      : []),
  ];
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  Pi: 1024 ** 5,
  Ei: 1024 ** 6,
};

/** A Kubernetes quantity as a number; 0 for none. */
function quantity(value: unknown): number {
  const [, figure = '0', unit = ''] = /^([\d.]+(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(String(value ?? '')) ?? [];
  return Number(figure) * (UNITS[unit] ?? 1);
}
