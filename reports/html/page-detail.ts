/**
 * How much of long lists and series the page shows. A page of ordinary size shows all; one that would grow beyond what
 * browsers and mail take is drawn again with less, and says so. Nothing is lost: result.json holds everything.
 */
export interface PageDetail {
  readonly binsWide: number;
  readonly binsNarrow: number;
  readonly binRows: number;
  readonly events: number;
  readonly points: number;
  readonly pointRows: number;
  /** Characters of manifests and options in all. */
  readonly textCharacters: number;
  readonly listRows: number;
  /** Pictures of a kind: timelines, ledgers, heat-maps, waterfalls. */
  readonly charts: number;
  readonly heatBinsWide: number;
  readonly heatBinsNarrow: number;
}

export const PAGE_LIMIT_BYTES = 1_500_000;

export const PAGE_DETAILS: readonly [PageDetail, ...PageDetail[]] = [
  {
    binsWide: 240,
    binsNarrow: 60,
    binRows: 120,
    events: 300,
    points: 240,
    pointRows: 40,
    textCharacters: 300_000,
    listRows: 500,
    charts: 24,
    heatBinsWide: 120,
    heatBinsNarrow: 40,
  },
  {
    binsWide: 120,
    binsNarrow: 45,
    binRows: 40,
    events: 80,
    points: 120,
    pointRows: 20,
    textCharacters: 120_000,
    listRows: 150,
    charts: 10,
    heatBinsWide: 80,
    heatBinsNarrow: 30,
  },
  {
    binsWide: 80,
    binsNarrow: 30,
    binRows: 16,
    events: 24,
    points: 60,
    pointRows: 8,
    textCharacters: 30_000,
    listRows: 40,
    charts: 4,
    heatBinsWide: 48,
    heatBinsNarrow: 24,
  },
];
