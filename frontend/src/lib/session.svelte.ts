/** Who is signed in. The access token lives in the API client's memory and nowhere else. */
import { browser } from '$app/environment';
import { auth, type Me, type Role } from '$lib/api';
import { holdToken, onSignedOut, onStepUp, renew } from '$lib/api/http';

export const IOC: Role[] = ['ioc_operator', 'ioc_supervisor'];
export const OFFICERS: Role[] = ['agency_officer', 'agency_head', 'ward_officer'];
const ROLE_KEY = 'hues.role';
const OWNER_KEY = 'hues.owner'; // an opaque id, so that drafts are found again without a network

class Session {
  me = $state<Me | null>(null);
  /** Whether the first look for a session is over. */
  ready = $state(false);
  unread = $state(0);
  role = $state<Role>('citizen');
  /** Whose drafts this device shows: the signed-in person, or without a network the last one. */
  owner = $state<string | null>(browser ? localStorage.getItem(OWNER_KEY) : null);
  #starting: Promise<void> | null = null;

  start(): Promise<void> {
    this.#starting ??= this.#begin();
    return this.#starting;
  }

  async #begin(): Promise<void> {
    onSignedOut(() => this.#forget());
    onStepUp(async () => (await import('$lib/passkeys')).stepUp());
    await this.wake();
    this.ready = true;
  }

  /** Looks for a session; again when the network is back. */
  async wake(): Promise<void> {
    if (this.me) return;
    const renewal = await renew();
    if (renewal === 'renewed') await this.#load();
    if (renewal === 'ended') this.#own(null);
  }

  #own(id: string | null): void {
    this.owner = id;
    if (id) localStorage.setItem(OWNER_KEY, id);
    else localStorage.removeItem(OWNER_KEY);
  }

  async #load(): Promise<void> {
    try {
      this.me = await auth.me();
      this.#own(this.me.id);
      const stored = sessionStorage.getItem(ROLE_KEY) as Role | null;
      const first = this.me.roles[0] ?? 'citizen';
      this.role = stored && this.me.roles.includes(stored) ? stored : first;
      void this.count();
    } catch {
      this.me = null;
    }
  }

  async signIn(phone: string, otp: string): Promise<void> {
    holdToken((await auth.giveOtp(phone, otp)).access_token);
    await this.#load();
  }

  /** Reads one's account again: a name, a role or a verified identity changed. */
  async reload(): Promise<void> {
    if (!this.me) return;
    if ((await renew()) === 'renewed') await this.#load();
  }

  async signOut(): Promise<void> {
    await auth.signOut();
    this.#forget();
  }

  /** Signed out on every device, this one too. */
  left(): void {
    this.#forget();
  }

  #forget(): void {
    holdToken(null);
    sessionStorage.removeItem(ROLE_KEY);
    this.me = null;
    this.#own(null);
    this.unread = 0;
  }

  act(role: Role): void {
    this.role = role;
    sessionStorage.setItem(ROLE_KEY, role);
  }

  has(roles: Role[]): boolean {
    return this.me?.roles.some((role) => roles.includes(role)) ?? false;
  }

  /** Refreshes the number on the bell; a failure leaves the old one. */
  async count(): Promise<void> {
    if (!this.me) return;
    try {
      this.unread = (await auth.inbox(null, 1)).unread;
    } catch {
      // the bell is not worth an error message
    }
  }
}

export const session = new Session();
