/** Chart.js configuration -> PNG bytes, through chartjs-node-canvas where it is installed, else through the same two libraries directly. */
import { createRequire } from 'node:module';
import type { ChartConfiguration } from 'chart.js';
import { environmentError } from '../../harness/errors/harness-error.ts';
import { registerChartFont } from './chart-font.ts';

export interface PngSize {
  readonly width: number;
  readonly height: number;
}

export interface PngRenderer {
  readonly engine: 'chartjs-node-canvas' | 'chart.js';
  /** The configuration is used up: Chart.js writes into it. */
  render(configuration: ChartConfiguration, size: PngSize): Promise<Uint8Array>;
}

const PNG_BACKGROUND = '#ffffff';
/** Pixels per unit of PngSize: sharp on dense screens. */
const PIXEL_RATIO = 2;

/** Opens the best renderer there is. @throws HarnessError PNG_UNAVAILABLE (exit 3) when neither can be loaded. */
export async function openPngRenderer(): Promise<PngRenderer> {
  try {
    return await openChartJsNodeCanvas();
  } catch (reason) {
    return await openChartJs(reason);
  }
}

/** chartjs-node-canvas is optional in the published package: its `canvas` needs a binary that npm may not fetch. */
export async function openChartJsNodeCanvas(): Promise<PngRenderer> {
  const { ChartJSNodeCanvas } = createRequire(import.meta.url)(
    'chartjs-node-canvas',
  ) as typeof import('chartjs-node-canvas');
  const family = await registerChartFont();
  const services = new Map<string, InstanceType<typeof ChartJSNodeCanvas>>();
  const serviceFor = ({ width, height }: PngSize) => {
    const key = `${width}x${height}`;
    const known = services.get(key);
    if (known !== undefined) return known;
    const service = new ChartJSNodeCanvas({
      width,
      height,
      backgroundColour: PNG_BACKGROUND,
      chartCallback: (chart) => {
        chart.defaults.font.family = family;
        chart.defaults.devicePixelRatio = PIXEL_RATIO;
      },
    });
    services.set(key, service);
    return service;
  };
  return {
    engine: 'chartjs-node-canvas',
    async render(configuration, size) {
      const service = serviceFor(size);
      // The library types the configuration by its own copy of chart.js.
      return new Uint8Array(await service.renderToBuffer(configuration as never));
    },
  };
}

/** Same pictures with chart.js and @napi-rs/canvas alone. */
export async function openChartJs(reason?: unknown): Promise<PngRenderer> {
  let libraries: readonly [typeof import('chart.js/auto'), typeof import('@napi-rs/canvas')];
  try {
    libraries = await Promise.all([import('chart.js/auto'), import('@napi-rs/canvas')]);
  } catch (error) {
    throw environmentError(
      'PNG_UNAVAILABLE',
      'PNG charts need chart.js and @napi-rs/canvas, and one of them cannot be loaded',
      {
        hint: 'Run npm install again for this platform; all other reports are written without them.',
        cause: new AggregateError([error, reason]),
      },
    );
  }
  const [{ Chart }, { createCanvas }] = libraries;
  Chart.defaults.font.family = await registerChartFont();
  return {
    engine: 'chart.js',
    async render(configuration, { width, height }) {
      const canvas = createCanvas(width, height);
      const background = {
        id: 'background',
        beforeDraw: ({ ctx }: { ctx: CanvasRenderingContext2D }) => {
          ctx.save();
          ctx.fillStyle = PNG_BACKGROUND;
          ctx.fillRect(0, 0, width, height);
          ctx.restore();
        },
      };
      const chart = new Chart(canvas as never, {
        ...configuration,
        options: {
          ...configuration.options,
          responsive: false,
          animation: false,
          devicePixelRatio: PIXEL_RATIO,
        },
        plugins: [background as never, ...(configuration.plugins ?? [])],
      });
      try {
        return new Uint8Array(canvas.toBuffer('image/png'));
      } finally {
        chart.destroy();
      }
    },
  };
}
