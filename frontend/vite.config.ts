import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const gateway = process.env.YIXIAN_GATEWAY ?? 'http://127.0.0.1:8000'

export default defineConfig({
  plugins: [vue()],
  define: { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false' },
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir: 'dist',
    // The page is served under a policy that allows neither data: addresses nor inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2020',
    rolldownOptions: {
      input: ['index.html', 'tickets.html', 'simulator.html', 'desk.html'].map((file) => fileURLToPath(new URL(file, import.meta.url))),
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': { target: gateway },
      '/ws': { target: gateway, ws: true },
      '/simulator/phones': { target: gateway, headers: { origin: gateway } },
    },
  },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
})
