import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  plugins: [svelte()],
  resolve: {
    alias: {
      $lib: here('./src/lib'),
      // The one catalogue of everything a person can read; Rust compiles in the same files.
      $messages: here('../crates/clinic/messages'),
    },
    // Component tests mount components as a browser would.
    conditions: process.env['VITEST'] ? ['browser'] : undefined,
  },
  // Paths stay relative, so the same files work in the window and behind `serve`.
  base: './',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: ['safari16.4', 'chrome115'],
    // Nothing is inlined as `data:`: the content security policy only knows files.
    assetsInlineLimit: 0,
    // One document, one script: preloading hints would only add an inline helper.
    modulePreload: { polyfill: false },
  },
  server: {
    host: '127.0.0.1',
    strictPort: true,
    fs: { allow: ['..'] },
  },
  clearScreen: false,
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
    setupFiles: ['./src/test-setup.ts'],
    server: { deps: { inline: [/@event-calendar/, /@lucide\/svelte/] } },
  },
});
