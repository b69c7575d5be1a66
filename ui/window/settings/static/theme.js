// The colours that were chosen in this browser; the page's head reads them before it draws.

const KEY = 'ibid_theme';

export function chosenTheme() {
  try {
    return localStorage.getItem(KEY) || 'system';
  } catch {
    return 'system';
  }
}

/** @param {string} theme  system, light or dark */
export function setTheme(theme) {
  const changed = theme !== chosenTheme();
  try {
    if (theme === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    return;  // a browser that keeps nothing
  }
  if (!changed) return;
  const query = '(prefers-color-scheme: dark)';
  const ofSystem = window.matchMedia.toString().includes('native') && window.matchMedia(query).matches;
  document.body.classList.toggle('dark', theme === 'dark' || (theme === 'system' && ofSystem));
  if (theme === 'system') location.reload();
}
