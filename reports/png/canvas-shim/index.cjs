const napi = require('@napi-rs/canvas');
exports.createCanvas = napi.createCanvas;
