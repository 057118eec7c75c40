import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';

// `vite dev` passes the API through to a city that runs on this machine.
const api = process.env.API_URL ?? 'http://127.0.0.1:8080';
const passed = ['/v1', '/_sandbox', '/healthz', '/openapi.json', '/docs', '/open311', '/media'];

// The framework, and our own modules that every screen or the first one loads anyway: one file in
// place of forty tiny ones, each of which is a round trip on a slow network. Calls that only some
// screens make (src/lib/api/warnings.ts, …) are imported by those, not through the index.
const CORE = new RegExp(
  'node_modules/(svelte|@sveltejs|openapi-fetch|esm-env|clsx|devalue)/' +
    '|src/lib/api/(auth|city|http|index|media|reports)' +
    '|src/lib/(session|prefs|explain|format|load|device|plain|home/kept)' +
    '|src/lib/ui/(Skeleton|Empty|Problem|Waves|Tabs)' +
    '|paraglide/(runtime|messages/(err_|due_(left|late)|tab_|home_guest|signin|see_all|retry|skip' +
    '|offline_send|report_now|nav_main|hello_|loading))' +
    '|lucide/svelte/dist/(Icon|default|icons/(bell|camera|house|scan-line|triangle-alert|user|wallet)\\.)'
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
