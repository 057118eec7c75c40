/** The key that an officer pressed, in lower case; null while they type or hold a modifier. */
export function pressed(event: KeyboardEvent): string | null {
  const busy = (event.target as HTMLElement).closest('input, textarea, select, dialog, video');
  if (busy || event.ctrlKey || event.metaKey || event.altKey) return null;
  return event.key.toLowerCase();
}
