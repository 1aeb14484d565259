/** Title, legend and axes that all PNG charts share. */
import type { Chart, ChartDataset, ChartOptions, LegendItem } from 'chart.js';
import { COLOUR } from './chart-colours.ts';

/** Chart.js breaks no lines; a title that is too long is cut. */
const TITLE_CHARACTERS = 110;

export function chartFrame(
  title: string,
  subtitle: string,
  showsLegend: (label: string) => boolean,
): NonNullable<ChartOptions['plugins']> {
  return {
    title: {
      display: true,
      text: cut(title),
      align: 'start',
      color: COLOUR.ink,
      font: { size: 17, weight: 'bold' },
      padding: { bottom: 4 },
    },
    subtitle: {
      display: true,
      text: cut(subtitle),
      align: 'start',
      color: COLOUR.quiet,
      font: { size: 12 },
      padding: { bottom: 10 },
    },
    legend: {
      position: 'bottom',
      align: 'start',
      labels: {
        color: COLOUR.ink,
        usePointStyle: true,
        padding: 16,
        boxHeight: 9,
        pointStyleWidth: 16,
        generateLabels: (chart) => legendItems(chart, showsLegend),
      },
    },
  };
}

export function axisTitle(text: string): { display: boolean; text: string; color: string } {
  return { display: true, text, color: COLOUR.quiet };
}

/** Thin spaces are missing in many fonts. */
export function plain(text: string): string {
  return text.replaceAll('\u202f', ' ');
}

function cut(text: string): string {
  const one = plain(text);
  return one.length <= TITLE_CHARACTERS ? one : `${one.slice(0, TITLE_CHARACTERS - 1)}…`;
}

/** Room around every chart, so that nothing touches the edge of the picture. */
export const PADDING = { top: 14, right: 40, bottom: 12, left: 18 } as const;

/** Chart.js forgets the dashes of a line when its legend shows point styles. */
function legendItems(chart: Chart, shows: (label: string) => boolean): LegendItem[] {
  return chart.data.datasets.flatMap((dataset, datasetIndex) => {
    const {
      label = '',
      borderColor,
      borderDash,
      borderWidth,
      pointStyle,
      backgroundColor,
      pointBackgroundColor,
      pointBorderColor,
    } = dataset as ChartDataset<'line'>;
    if (!shows(label)) return [];
    const line = pointStyle === 'line';
    return [
      {
        text: label,
        fontColor: COLOUR.ink,
        datasetIndex,
        pointStyle: (pointStyle ?? 'circle') as NonNullable<LegendItem['pointStyle']>,
        fillStyle: (pointBackgroundColor ?? backgroundColor ?? COLOUR.ink) as string,
        strokeStyle: ((line ? borderColor : pointBorderColor) ?? borderColor ?? COLOUR.ink) as string,
        lineWidth: line ? Number(borderWidth ?? 1) : 1,
        lineDash: line ? ((borderDash ?? []) as number[]) : [],
      },
    ];
  });
}
