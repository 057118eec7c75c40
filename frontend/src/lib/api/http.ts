/**
 * The one door to the API: adds the access token (kept in memory only), renews it once by the
 * HttpOnly cookie when it has run out, speaks the person's language, and turns every failure
 * into a `Trouble` that says what happened and whether anything was lost.
 */
import createClient from 'openapi-fetch';
import { getLocale } from '$lib/paraglide/runtime';
import type { paths } from './schema';
import type { FieldError, Problem, Text, Tokens } from './types';

export type Loss = 'nothing' | 'unknown';

export class Trouble extends Error {
  constructor(
    readonly status: number,
    readonly slug: string,
    readonly title: Text | null,
    readonly detail: Text | null,
    readonly errors: FieldError[] = [],
    readonly correlation: string = '',
    readonly loss: Loss = 'nothing',
    readonly retryAfter: number | null = null,
    /** What the problem said besides: the assurance needed, an appeal's token, … */
    readonly more: Record<string, unknown> = {}
  ) {
    super(slug);
  }

  get required(): number {
    return Number(this.more.required ?? 0);
  }

  /** No answer at all: the network, or the server behind it. */
  get offline(): boolean {
    return this.slug === 'offline';
  }

  /** Whether the same request may well work later. */
  get passing(): boolean {
    return this.offline || this.status >= 500 || this.status === 429;
  }
}

let token: string | null = null;
let renewing: Promise<Renewal> | null = null;
let ended: () => void = () => {};

export function holdToken(value: string | null): void {
  token = value;
}

/** Called when the session turns out to be over. */
export function onSignedOut(call: () => void): void {
  ended = call;
}

let raise: () => Promise<boolean> = () => Promise.resolve(false);

/** How to confirm with a passkey when the city asks for it; true when the person did. */
export function onStepUp(call: () => Promise<boolean>): void {
  raise = call;
}

export type Renewal = 'renewed' | 'ended' | 'offline';

/**
 * Renews the access token by the cookie. The city ends a session whose old cookie comes back late, so
 * only one renewal may be under way: callers of this page share one, tabs wait for each other
 * (Web Locks), and sw/sw.js sees a renewal through when its page goes away.
 */
export function renew(): Promise<Renewal> {
  renewing ??= (async () => {
    try {
      return await navigator.locks.request('hues-renewal', exchange);
    } finally {
      renewing = null;
    }
  })();
  return renewing;
}

async function exchange(): Promise<Renewal> {
  try {
    const answer = await fetch('/v1/auth/refresh', {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
      keepalive: true
    });
    if (answer.ok) {
      holdToken(((await answer.json()) as Tokens).access_token);
      return 'renewed';
    }
    if (answer.status >= 500) return 'offline';
    holdToken(null);
    return 'ended';
  } catch {
    return 'offline';
  }
}

/** Sends a request of the client: token, language, one renewal; a failure becomes `Trouble`. */
async function door(request: Request): Promise<Response> {
  const send = (): Promise<Response> => {
    const again = new Request(request.clone(), { credentials: 'same-origin' });
    again.headers.set('Accept-Language', getLocale());
    if (token) again.headers.set('Authorization', `Bearer ${token}`);
    return fetch(again);
  };
  const safe = request.method === 'GET' || request.headers.has('Idempotency-Key');
  const loss: Loss = safe ? 'nothing' : 'unknown';
  let answer: Response;
  try {
    answer = await send();
    if (answer.status === 401 && token) {
      const renewal = await renew();
      if (renewal === 'renewed') answer = await send();
      else if (renewal === 'ended') ended();
    }
  } catch {
    throw new Trouble(0, 'offline', null, null, [], '', loss);
  }
  if (answer.ok) return answer;
  const failed = await trouble(answer, loss);
  // Asked for a passkey: confirm and send the same once more.
  if (failed.slug === 'assurance-needed' && failed.required === 3 && (await raise())) {
    const again = await send();
    if (again.ok) return again;
    throw await trouble(again, loss);
  }
  throw failed;
}

/** Paths, parameters and bodies are checked against openapi.json when the client is compiled. */
export const api = createClient<paths>({ baseUrl: '', fetch: door });

/** The body of an answer; failures were thrown already. */
export async function take<T>(asked: Promise<{ data?: T }>): Promise<NonNullable<T>> {
  return (await asked).data as NonNullable<T>;
}

/** The same where the document does not say what comes. */
export async function takeAs<T>(asked: Promise<{ data?: unknown }>): Promise<T> {
  return (await asked).data as T;
}

/** Headers of a write that may be tried twice and must happen once. */
export const once = (key: string): { headers: Record<string, string> } => ({
  headers: { 'Idempotency-Key': key }
});

async function trouble(answer: Response, loss: Loss): Promise<Trouble> {
  let problem: Problem = {};
  try {
    problem = (await answer.json()) as Problem;
  } catch {
    // a gateway's page, not ours: the status alone has to do
  }
  const both = (words?: string): Text | null => (words ? { vi: words, en: words } : null);
  const { vi, en } = problem.messages ?? {};
  const said = vi && en ? { vi, en } : null;
  const wait = Number(answer.headers.get('Retry-After'));
  return new Trouble(
    answer.status,
    problem.type?.split(':').pop() ?? `http-${answer.status}`,
    both(problem.title),
    said ?? both(problem.detail),
    (problem.errors ?? []) as FieldError[],
    problem.correlation_id ?? answer.headers.get('X-Correlation-Id') ?? '',
    answer.status >= 500 ? loss : 'nothing',
    Number.isFinite(wait) && wait > 0 ? wait : null,
    problem as Record<string, unknown>
  );
}

