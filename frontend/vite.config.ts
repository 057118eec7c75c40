import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';

// `vite dev` passes the API through to a city that runs on this machine.
const api = process.env.API_URL ?? 'http://127.0.0.1:8080';
const passed = ['/v1', '/_sandbox', '/healthz', '/openapi.json', '/docs', '/open311', '/media'];

// The framework, and our own modules that the layout of every screen loads anyway. Calls that only
// some screens make (src/lib/api/warnings.ts, …) are imported by those, not through the index.
const CORE = new RegExp(
  'node_modules/(svelte|@sveltejs|openapi-fetch|esm-env|clsx|devalue)/' +
    '|src/lib/api/(auth|city|http|index|media|reports)|src/lib/(session|prefs|explain|format|load)' +
    '|paraglide/(runtime|messages/(err_|due_(left|late)))|lucide/svelte/dist/(Icon|default)'
);

export default defineConfig({
  plugins: [
    paraglideVitePlugin({
      project: './project.inlang',
      outdir: './src/lib/paraglide',
      strategy: ['localStorage', 'preferredLanguage', 'baseLocale']
    }),
    sveltekit()
  ],
  server: { proxy: Object.fromEntries(passed.map((path) => [path, api])) },
  preview: { proxy: Object.fromEntries(passed.map((path) => [path, api])) },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        // What every screen needs travels as one file: fifty tiny ones compress badly.
        codeSplitting: { groups: [{ name: 'core', test: CORE }] }
      }
    }
  }
});
