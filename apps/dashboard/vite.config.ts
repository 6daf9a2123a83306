import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Development: `pnpm --filter @cairn/dashboard dev` beside a running `npm start`.
export default defineConfig({
  base: '/ui/',
  plugins: [react()],
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { '/readyz': 'http://127.0.0.1:8000', '/openapi.json': 'http://127.0.0.1:8000' } },
});
