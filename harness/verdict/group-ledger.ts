/**
 * Per-group tallies (connection, VU, proxy) in bounded memory. The first groups get a row each; when all rows are taken,
 * further groups share rows by a hash of their key, which costs the guards power but never makes them wrong.
 */
const MOST_GROUPS = 2048;

export interface GroupLedger {
  /** `arm` is an index, -1 for a request nobody signed. */
  add(arm: number, group: string): void;
  readonly groups: number;
  /** Requests per arm of each group, unsigned ones left out. */
  table(): number[][];
  /** Disjoint pairs of neighbouring signed requests inside the groups, from the point of view of one arm. */
  pairs(arm: number): { readonly bothHit: number; readonly mixed: number; readonly bothMiss: number };
  /** Lowest and highest possible share of one arm in each group, over where the unsigned requests may have gone. */
  shares(arm: number): { readonly low: number[]; readonly high: number[] };
  /** Groups with at least one unsigned request. */
  readonly groupsWithUnknown: number;
}

export function createGroupLedger(arms: number, mostGroups: number = MOST_GROUPS): GroupLedger {
  const rows = new Map<string, number>();
  const width = arms + 1;
  // The last column of a row counts unsigned requests.
  const counts = new Uint32Array(mostGroups * width);
  // The arm of the first request of a pair that waits for its second, -1 when none does.
  const waiting = new Int32Array(mostGroups).fill(-1);
  const bothHit = new Array<number>(arms).fill(0);
  const mixed = new Array<number>(arms).fill(0);
  let pairs = 0;

  const rowOf = (group: string): number => {
    const known = rows.get(group);
    if (known !== undefined) return known;
    if (rows.size < mostGroups) {
      rows.set(group, rows.size);
      return rows.size - 1;
    }
    return hash(group) % mostGroups;
  };
  const each = <T>(make: (row: number) => T): T[] => Array.from({ length: rows.size }, (_, row) => make(row));
  const cell = (row: number, column: number): number => counts[row * width + column]!;
  const armsOf = (row: number): number[] => Array.from({ length: arms }, (_, arm) => cell(row, arm));

  return {
    add(arm, group) {
      const row = rowOf(group);
      const column = arm < 0 ? arms : arm;
      counts[row * width + column]! += 1;
      if (arm < 0) return;
      const first = waiting[row]!;
      waiting[row] = first < 0 ? arm : -1;
      if (first < 0) return;
      pairs += 1;
      if (first === arm) bothHit[arm]! += 1;
      else {
        mixed[arm]! += 1;
        mixed[first]! += 1;
      }
    },
    get groups() {
      return rows.size;
    },
    table: () => each(armsOf),
    pairs: (arm) => ({ bothHit: bothHit[arm]!, mixed: mixed[arm]!, bothMiss: pairs - bothHit[arm]! - mixed[arm]! }),
    shares(arm) {
      const sizes = each((row) => armsOf(row).reduce((sum, count) => sum + count, cell(row, arms)));
      return {
        low: sizes.map((size, row) => cell(row, arm) / size),
        high: sizes.map((size, row) => (cell(row, arm) + cell(row, arms)) / size),
      };
    },
    get groupsWithUnknown() {
      return each((row) => cell(row, arms)).filter((count) => count > 0).length;
    },
  };
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
