import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

/** The button for other sites: one plain script, under a name that never changes. Built after the pages, beside them. */
export default defineConfig({
  build: {
    outDir: 'dist',
    emptyOutDir: false,
    target: 'es2020',
    lib: {
      entry: fileURLToPath(new URL('src/widget/widget.ts', import.meta.url)),
      formats: ['iife'],
      name: 'yixian',
      fileName: () => 'widget.js',
    },
  },
})
