// Runs before the first paint: the page never flashes in the other theme.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem('oat.theme');
  } catch (e) {
    // Storage may be forbidden: then the system's theme it is.
  }
  var dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
