import { defineConfig } from 'vite';

// `vite build --mode v1` is the teal release, `--mode v2` the purple one.
export default defineConfig(({ mode }) => ({
  define: { __RELEASE__: JSON.stringify(mode) },
  resolve: { alias: { '@theme': `/src/theme-${mode}.css` } },
  build: { modulePreload: false, reportCompressedSize: false },
}));
