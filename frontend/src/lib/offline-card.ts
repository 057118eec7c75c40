/** Checking a card without the city: signature, day, and the day's revocation list. */
interface Jwk { kid: string; x: string }
export interface OfflineResult {
  valid: boolean;
  why: 'forged' | 'expired' | 'revoked' | '';
  name: string;
  /** Whether a revocation list of the day was at hand. */
  listed: boolean;
}

const KEYS = 'hues.card.keys';
const LIST = 'hues.card.list';

const bytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
const json = (part: string): Record<string, unknown> =>
  JSON.parse(new TextDecoder().decode(bytes(part))) as Record<string, unknown>;

/** The newest from the network, else what was kept the last time. */
async function kept(key: string, path: string): Promise<unknown> {
  try {
    const answer = await fetch(path);
    if (answer.ok) localStorage.setItem(key, await answer.text());
  } catch {
    // without a network, what was kept has to do
  }
  return JSON.parse(localStorage.getItem(key) ?? 'null');
}

/** What a signed part says, or null when it is not the city's. */
async function opened(jws: string, typ: string, keys: Jwk[]): Promise<Record<string, unknown> | null> {
  const [head, body, signature] = jws.split('.');
  if (!head || !body || !signature) return null;
  try {
    const header = json(head);
    const jwk = keys.find((one) => one.kid === header.kid);
    if (!jwk || header.alg !== 'EdDSA' || header.typ !== typ) return null;
    const key = await crypto.subtle.importKey('raw', bytes(jwk.x), 'Ed25519', false, ['verify']);
    const signed = new TextEncoder().encode(`${head}.${body}`);
    return (await crypto.subtle.verify('Ed25519', key, bytes(signature), signed)) ? json(body) : null;
  } catch {
    return null;
  }
}

/** Checks an offline code (`HUE2:`). */
export async function checkOffline(payload: string): Promise<OfflineResult> {
  const held = (await kept(KEYS, '/v1/cards/keys')) as { keys: Jwk[] } | null;
  const told = await opened(payload.slice('HUE2:'.length), 'hue2', held?.keys ?? []);
  if (!told) return { valid: false, why: 'forged', name: '', listed: false };
  const name = String(told.name);
  if (Number(told.exp) * 1000 <= Date.now()) {
    return { valid: false, why: 'expired', name, listed: false };
  }
  const list = (await kept(LIST, `/v1/cards/revocations/${String(told.day)}`)) as {
    date: string; jws: string;
  } | null;
  const revoked = list ? await opened(list.jws, 'hue-revocations', held?.keys ?? []) : null;
  const listed = revoked?.date === told.day;
  const gone = listed && (revoked?.hashes as string[]).includes(String(told.r));
  return { valid: !gone, why: gone ? 'revoked' : '', name, listed };
}
