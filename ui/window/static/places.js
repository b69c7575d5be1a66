// Where the server has what a page asks for.

/**
 * A path of the library that the page shows: below the library's own, where there are several.
 * @param {string} path
 */
export function at(path) {
  const root = document.querySelector('meta[name="ibid-root"]');
  return (root?.getAttribute('content') ?? '') + path;
}
