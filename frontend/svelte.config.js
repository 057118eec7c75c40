import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

// Where photos are sent when that is not this site (a bucket of its own), e.g. https://s3.example.
const uploads = process.env.UPLOAD_ORIGIN ? [process.env.UPLOAD_ORIGIN] : [];

/** @type {import('@sveltejs/kit').Config} */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true },
  kit: {
    adapter: adapter({ pages: 'build', assets: 'build', fallback: 'index.html' }),
    serviceWorker: { register: false }, // sw/sw.js is written by hand, see scripts/worker.mjs
    version: { pollInterval: 0 },
    csp: {
      mode: 'hash',
      directives: {
        'default-src': ['self'],
        // WebAssembly for reading codes where the browser cannot (lib/money/reader.ts)
        'script-src': ['self', 'wasm-unsafe-eval'],
        'style-src': ['self'],
        // exactly one attribute: SvelteKit's own route announcer hides itself with it
        'style-src-attr': [
          'unsafe-hashes',
          'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='
        ],
        'img-src': ['self', 'blob:', 'data:', ...uploads],
        'media-src': ['self', ...uploads],
        'font-src': ['self'],
        'connect-src': ['self', ...uploads],
        'worker-src': ['self', 'blob:'],
        'manifest-src': ['self'],
        'object-src': ['none'],
        'base-uri': ['self'],
        'form-action': ['self']
      }
    }
  }
};
