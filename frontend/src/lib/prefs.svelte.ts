/** Looks chosen on this device: theme, text size, language. static/boot.js reads the same keys. */
import { getLocale, setLocale } from '$lib/paraglide/runtime';

export type Theme = 'auto' | 'light' | 'dark';

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // private windows may refuse; the choice then lasts for this page
  }
}

class Prefs {
  theme = $state<Theme>((read('hues.theme') as Theme) ?? 'auto');
  large = $state(read('hues.text') === 'large');

  start(): void {
    document.documentElement.lang = getLocale();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#paint());
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    write('hues.theme', theme);
    this.#paint();
  }

  setLarge(large: boolean): void {
    this.large = large;
    write('hues.text', large ? 'large' : 'normal');
    if (large) document.documentElement.dataset.text = 'large';
    else delete document.documentElement.dataset.text;
  }

  setLanguage(language: 'vi' | 'en'): void {
    void setLocale(language); // reloads the page; the session comes back by its cookie
  }

  #paint(): void {
    const dark =
      this.theme === 'dark' ||
      (this.theme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  }
}

export const prefs = new Prefs();
