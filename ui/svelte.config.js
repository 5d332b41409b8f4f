import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
  // Warnings are about our files.
  compilerOptions: {
    warningFilter: (warning) => !warning.filename?.includes('node_modules'),
  },
};
