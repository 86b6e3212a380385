// The theme follows the system until somebody chooses; it is set before the first paint.
(() => {
  'use strict';
  const key = 'medorleans-theme';
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const chosen = () => { try { return localStorage.getItem(key); } catch { return null; } };
  const apply = () => {
    document.documentElement.dataset.theme = chosen() ?? (dark.matches ? 'dark' : 'light');
  };
  apply();
  dark.addEventListener('change', apply);
  addEventListener('storage', event => { if (event.key === key) apply(); });

  document.addEventListener('click', event => {
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest('[data-theme-toggle]')) {
      const next = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
      try {
        // Back to what the system says is back to following it.
        if (next === (dark.matches ? 'dark' : 'light')) localStorage.removeItem(key);
        else localStorage.setItem(key, next);
      } catch { /* The choice lasts as long as the page. */ }
      document.documentElement.dataset.theme = next;
    }
    if (target?.closest('a.skip')) {
      event.preventDefault();
      event.stopPropagation();
      document.getElementById('main')?.focus();
    }
  }, true);

  // A host that was started again knows nothing of this page: load it anew.
  document.addEventListener('components-reconnect-state-changed', event => {
    if (event.detail?.state === 'rejected') location.reload();
  });
})();
