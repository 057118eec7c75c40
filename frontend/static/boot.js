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
})();
