// What Gradio hands to a component's module (see ui/window/page/scripts.py), and how its functions in Python are asked.

/**
 * @typedef {object} Component
 * @property {HTMLElement} element
 * @property {(name: string, data?: object) => void} command  what a person did, for Python's handler of that name
 * @property {Record<string, any>} props  what Python set; `value` changes as it sets it anew
 * @property {Record<string, (given: unknown) => Promise<any>>} server
 * @property {(file: File) => Promise<{path?: string} | null>} upload
 * @property {(changed: () => void) => void} follow  calls back when `value` was set
 */

/** @typedef {(name: string, given?: unknown) => Promise<any>} Ask */

/**
 * A function that asks one of Python's, and gets its answer: a problem in words if there is none.
 * @param {Component['server']} server
 * @param {string} unreachable  those words
 * @returns {Ask}
 */
export function asking(server, unreachable) {
  return async (name, given = {}) => {
    try {
      // Of a request that failed Gradio says nothing.
      return (await server[name](given)) || { problem: unreachable };
    } catch {
      return { problem: unreachable };
    }
  };
}
