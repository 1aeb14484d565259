'use strict';
// The part of node-canvas's interface that chartjs-node-canvas calls, over @napi-rs/canvas: same names, same callbacks.
const { Readable } = require('node:stream');
const napi = require('@napi-rs/canvas');

const MIME = { 'image/png': 'image/png', 'image/jpeg': 'image/jpeg' };

function mimeOf(type) {
  const mime = MIME[type === undefined ? 'image/png' : type];
  if (mime === undefined)
    throw new TypeError(`canvas shim: ${String(type)} is not supported, only image/png and image/jpeg`);
  return mime;
}

/** node-canvas gives JPEG quality as 0 to 1, @napi-rs/canvas takes 0 to 100 for buffers. */
function encodeSync(canvas, mime, options) {
  if (mime === 'image/png') return canvas.toBuffer.napi('image/png');
  const quality = typeof options?.quality === 'number' ? Math.round(options.quality * 100) : undefined;
  return canvas.toBuffer.napi('image/jpeg', quality);
}

function streamOf(canvas, mime, options) {
  return Readable.from(
    (function* encode() {
      yield encodeSync(canvas, mime, options);
    })(),
    { objectMode: false },
  );
}

function createCanvas(width, height, type) {
  if (type !== undefined && type !== 'image')
    throw new TypeError(`canvas shim: canvas type ${String(type)} is not supported`);
  const canvas = napi.createCanvas(width, height);
  const napiToBuffer = canvas.toBuffer.bind(canvas);
  const napiToDataURL = canvas.toDataURL.bind(canvas);

  canvas.toBuffer = (first, second, third) => {
    if (typeof first !== 'function') return encodeSync(canvas, mimeOf(first), second);
    const mime = mimeOf(second);
    setImmediate(() => {
      let buffer;
      try {
        buffer = encodeSync(canvas, mime, third);
      } catch (error) {
        first(error);
        return;
      }
      first(null, buffer);
    });
    return undefined;
  };
  canvas.toBuffer.napi = napiToBuffer;

  canvas.toDataURL = (...args) => {
    const callback = args.find((argument) => typeof argument === 'function');
    const mime = mimeOf(typeof args[0] === 'string' ? args[0] : undefined);
    const quality = args.find((argument) => typeof argument === 'number');
    const make = () => (quality === undefined ? napiToDataURL(mime) : napiToDataURL(mime, quality));
    if (callback === undefined) return make();
    setImmediate(() => {
      let url;
      try {
        url = make();
      } catch (error) {
        callback(error);
        return;
      }
      callback(null, url);
    });
    return undefined;
  };

  canvas.createPNGStream = () => streamOf(canvas, 'image/png');
  canvas.createJPEGStream = (options) => streamOf(canvas, 'image/jpeg', options);
  return canvas;
}

/** `registerFont(file, { family })`, as node-canvas: weight and style are read from the file. */
function registerFont(file, description) {
  const family = description?.family;
  if (typeof family !== 'string' || family === '') throw new TypeError('canvas shim: registerFont needs { family }');
  if (!napi.GlobalFonts.registerFromPath(file, family))
    throw new Error(`canvas shim: no font could be read from ${file}`);
}

module.exports = {
  createCanvas,
  registerFont,
  deregisterAllFonts() {
    throw new Error('canvas shim: fonts stay registered for the life of the process');
  },
  loadImage: napi.loadImage,
  createImageData: (...args) =>
    typeof args[0] === 'number' ? new napi.ImageData(args[0], args[1]) : new napi.ImageData(...args),
  Image: napi.Image,
  ImageData: napi.ImageData,
  Path2D: napi.Path2D,
  DOMMatrix: napi.DOMMatrix,
  DOMPoint: napi.DOMPoint,
};
