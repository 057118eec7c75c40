/**
 * How the city knows this browser again: a random name that is kept here and tells nothing else.
 * Signing in anew then replaces this device's session instead of adding one to the list, and tries
 * are counted for a device, not for everybody behind its address.
 */
const KEY = 'hues.device';
let made = '';

export function deviceId(): string {
  try {
    made ||= localStorage.getItem(KEY) ?? crypto.randomUUID();
    localStorage.setItem(KEY, made);
  } catch {
    made ||= crypto.randomUUID(); // private windows may refuse: a name for this page then
  }
  return made;
}
