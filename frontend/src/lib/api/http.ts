/**
 * The one door to the API: adds the access token (kept in memory only), renews it once by the
 * HttpOnly cookie when it has run out, speaks the person's language, and turns every failure
 * into a `Trouble` that says what happened and whether anything was lost.
 */
import { getLocale } from '$lib/paraglide/runtime';
import type { FieldError, Text, Tokens } from './types';

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
    readonly retryAfter: number | null = null
  ) {
    super(slug);
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
let renewing: Promise<boolean> | null = null;
let ended: () => void = () => {};

export function holdToken(value: string | null): void {
  token = value;
}

/** Called when the session turns out to be over. */
export function onSignedOut(call: () => void): void {
  ended = call;
}

/** Renews the access token by the cookie; callers at the same time share one request. */
export function renew(): Promise<boolean> {
  renewing ??= (async () => {
    try {
      const answer = await fetch('/v1/auth/refresh', {
        method: 'POST',
        credentials: 'same-origin',
        headers: { 'Content-Type': 'application/json' },
        body: '{}'
      });
      if (!answer.ok) {
        if (answer.status < 500) holdToken(null);
        return false;
      }
      holdToken(((await answer.json()) as Tokens).access_token);
      return true;
    } catch {
      return false;
    } finally {
      renewing = null;
    }
  })();
  return renewing;
}

type Value = string | number | boolean | null | undefined;
export interface Options {
  query?: Record<string, Value | string[]>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

function address(path: string, query: Options['query']): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (Array.isArray(value)) value.forEach((one) => words.append(name, one));
    else if (value !== null && value !== undefined && value !== '') words.set(name, `${value}`);
  }
  const tail = words.toString();
  return tail ? `${path}?${tail}` : path;
}

export async function call<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const send = (): Promise<Response> =>
    fetch(address(path, options.query), {
      method,
      credentials: 'same-origin',
      signal: options.signal,
      headers: {
        Accept: 'application/json',
        'Accept-Language': getLocale(),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...(options.body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...options.headers
      },
      body: options.body === undefined ? undefined : JSON.stringify(options.body)
    });
  const loss: Loss = method === 'GET' || options.headers?.['Idempotency-Key'] ? 'nothing' : 'unknown';
  let answer: Response;
  try {
    answer = await send();
    if (answer.status === 401 && token) {
      if (await renew()) answer = await send();
      else ended();
    }
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Trouble(0, 'offline', null, null, [], '', loss);
  }
  if (!answer.ok) throw await trouble(answer, loss);
  if (answer.status === 204) return undefined as T;
  try {
    return (await answer.json()) as T;
  } catch {
    throw new Trouble(answer.status, 'unreadable', null, null, [], '', loss);
  }
}

interface Problem {
  type?: string;
  title?: string;
  detail?: string;
  messages?: Text;
  errors?: FieldError[];
  correlation_id?: string;
}

async function trouble(answer: Response, loss: Loss): Promise<Trouble> {
  let problem: Problem = {};
  try {
    problem = (await answer.json()) as Problem;
  } catch {
    // a gateway's page, not ours: the status alone has to do
  }
  const both = (words?: string): Text | null => (words ? { vi: words, en: words } : null);
  const wait = Number(answer.headers.get('Retry-After'));
  return new Trouble(
    answer.status,
    problem.type?.split(':').pop() ?? `http-${answer.status}`,
    both(problem.title),
    problem.messages ?? both(problem.detail),
    problem.errors ?? [],
    problem.correlation_id ?? answer.headers.get('X-Correlation-Id') ?? '',
    answer.status >= 500 ? loss : 'nothing',
    Number.isFinite(wait) && wait > 0 ? wait : null
  );
}

export const get = <T>(path: string, query?: Options['query'], signal?: AbortSignal): Promise<T> =>
  call<T>('GET', path, { query, signal });
export const post = <T>(path: string, body: unknown = {}, key?: string): Promise<T> =>
  call<T>('POST', path, { body, headers: key ? { 'Idempotency-Key': key } : undefined });
