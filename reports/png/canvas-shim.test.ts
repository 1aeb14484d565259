import { createRequire } from 'node:module';
import { loadImage } from '@napi-rs/canvas';
import { describe, expect, test } from 'vitest';

const require = createRequire(import.meta.url);
const { ChartJSNodeCanvas } = require('chartjs-node-canvas') as typeof import('chartjs-node-canvas');
const shim = require('./canvas-shim/index.cjs') as {
  createCanvas: (
    width: number,
    height: number,
    type?: string,
  ) => { toBuffer: (...args: unknown[]) => Buffer; toDataURL: (...args: unknown[]) => string };
  registerFont: (file: string, description: { family: string }) => void;
};
const PNG = '89504e470d0a1a0a';
const configuration = () => ({ type: 'bar' as const, data: { labels: ['a'], datasets: [{ data: [1] }] } });
const service = () => new ChartJSNodeCanvas({ width: 60, height: 40, backgroundColour: 'white' });

async function collect(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

describe('canvas shim under chartjs-node-canvas: all of its methods', () => {
  test('buffers, promised and at once, are the same PNG', async () => {
    const promised = await service().renderToBuffer(configuration());
    expect(promised.subarray(0, 8).toString('hex')).toBe(PNG);
    expect(Buffer.compare(promised, service().renderToBufferSync(configuration()))).toBe(0);
    const { width, height } = await loadImage(promised);
    expect([width, height]).toEqual([60, 40]);
  });

  test('JPEG too', async () => {
    const jpeg = await service().renderToBuffer(configuration(), 'image/jpeg');
    expect(jpeg.subarray(0, 3).toString('hex')).toBe('ffd8ff');
  });

  test('data URLs, promised and at once', async () => {
    const url = await service().renderToDataURL(configuration());
    expect(url).toMatch(/^data:image\/png;base64,iVBOR/);
    expect(service().renderToDataURLSync(configuration())).toBe(url);
    expect(await service().renderToDataURL(configuration(), 'image/jpeg')).toMatch(/^data:image\/jpeg;base64,/);
  });

  test('streams', async () => {
    const png = await collect(service().renderToStream(configuration()));
    expect(png.subarray(0, 8).toString('hex')).toBe(PNG);
    const jpeg = await collect(service().renderToStream(configuration(), 'image/jpeg'));
    expect(jpeg.subarray(0, 3).toString('hex')).toBe('ffd8ff');
  });

  test('fonts: a file that is none is refused', () => {
    expect(() => service().registerFont(import.meta.filename, { family: 'X' })).toThrow(/no font/);
    expect(() => shim.registerFont('x', { family: '' })).toThrow(/family/);
  });

  test('what is not supported says so, at once or through the callback', async () => {
    expect(() => shim.createCanvas(1, 1, 'pdf')).toThrow(/pdf/);
    expect(() => shim.createCanvas(1, 1).toBuffer('application/pdf')).toThrow(/image\/png/);
    await expect(service().renderToBuffer(configuration(), 'application/pdf' as 'image/png')).rejects.toThrow(
      /image\/png/,
    );
  });
});
