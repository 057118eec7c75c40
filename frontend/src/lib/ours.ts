/** An address to go on to, if it is one of this app's own. */
export const ours = (path: string | null): string | null =>
  path?.startsWith('/') && !path.startsWith('//') ? path : null;
