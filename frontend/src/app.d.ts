import type { Home } from '$lib/api';

declare global {
  namespace App {}
  /** Home's functions, already asked for by static/boot.js; null when that did not work. */
  var early: Promise<Home | null> | undefined;
}

export {};
