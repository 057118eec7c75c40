// Before the first paint: theme, text size and language as chosen on this device.
(function () {
  var root = document.documentElement;
  function stored(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  }
  var theme = stored('hues.theme') || 'auto';
  var dark = theme === 'dark' || (theme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.dataset.theme = dark ? 'dark' : 'light';
  if (stored('hues.text') === 'large') root.dataset.text = 'large';
  var language = stored('PARAGLIDE_LOCALE');
  if (language === 'en' || language === 'vi') root.lang = language;
  // Who never signed in on this device is a guest: what functions there are is asked for now, not
  // after the scripts of home have come.
  if (location.pathname === '/' && !stored('hues.owner')) {
    globalThis.early = fetch('/v1/home').then(
      function (answer) {
        return answer.ok ? answer.json() : null;
      },
      function () {
        return null; // home asks itself, and says what is wrong
      }
    );
  }
})();
