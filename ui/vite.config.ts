import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const daemon = process.env['OAT_URL'] ?? 'http://127.0.0.1:8787';
const routes = ['/traces', '/spans', '/blobs', '/sessions', '/export', '/analytics', '/prompts', '/alerts'];
const others = ['/health', '/stats', '/me', '/login', '/logout'];

export default defineConfig({
  base: '/ui/',
  plugins: [react()],
  build: {
    // The page's policy forbids data: URIs and inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
  },
  server: {
    proxy: {
      ...Object.fromEntries([...routes, ...others].map((path) => [path, daemon])),
      '/ws': { target: daemon, ws: true },
    },
  },
});
