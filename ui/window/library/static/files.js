// Which files are meant when files and folders are dropped or chosen. Nothing here touches the page.

/** @typedef {[file: File, name: string, isFromFolder: boolean]} Chosen */

export const MOST_FILES = 1000;

/**
 * Whether some reader reads a file of this name.
 * @param {string} name
 * @param {string[]} formats  endings, with their dots
 */
export function isReadable(name, formats) {
  const file = name.toLowerCase().split('/').pop() ?? '';
  return formats.some(format => file.endsWith(format) && file.length > format.length);
}

/**
 * In a folder there may be anything, and only what can be read is meant; a file that was named
 * itself is meant in any case.
 * @param {Chosen[]} chosen
 * @param {string[]} formats
 */
export const meantOf = (chosen, formats) => chosen.filter(([, name, isFromFolder]) => !isFromFolder
  || (isReadable(name, formats) && !name.split('/').some(part => part.startsWith('.'))));

/**
 * What of a folder is passed over though it is not hidden, which is told.
 * @param {Chosen[]} chosen
 * @param {string[]} formats
 */
export const passedOf = (chosen, formats) => chosen.filter(([, name, isFromFolder]) => isFromFolder
  && !isReadable(name, formats) && !name.split('/').some(part => part.startsWith('.')));

/**
 * The files of something dropped, a folder's one after the other.
 * @param {any} entry  a FileSystemFileEntry or FileSystemDirectoryEntry
 * @returns {Promise<Chosen[]>}
 */
export async function filesOf(entry, isFromFolder = false) {
  if (entry.isFile) {
    const file = await new Promise((done, fail) => entry.file(done, fail));
    return [[file, entry.fullPath.replace(/^\//, ''), isFromFolder]];
  }
  const reader = entry.createReader();
  const all = [];
  for (;;) {
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!some.length) break;
    for (const one of some) all.push(...await filesOf(one, true));
    if (all.length > 5 * MOST_FILES) break;
  }
  return all;
}

/**
 * What was dropped; where folders cannot be read, the files alone.
 * @param {DataTransfer} transfer
 * @returns {Promise<Chosen[]>}
 */
export async function droppedFiles(transfer) {
  const entries = [...transfer.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean);
  /** @type {Chosen[]} */
  const loose = [...transfer.files].map(file => [file, file.name, false]);
  if (!entries.length) return loose;
  try {
    return (await Promise.all(entries.map(entry => filesOf(entry)))).flat();
  } catch {
    return loose;
  }
}

/**
 * A text with the number of each page where it begins: texts and numbers by turns, or the text
 * alone if it has no pages. Offsets count code points.
 * @param {string} text
 * @param {number[]} pages  where each begins
 * @returns {(string | number)[]}
 */
export function pagesOf(text, pages) {
  if (pages.length < 2) return [text];
  const points = Array.from(text);
  return pages.flatMap((start, place) => [place + 1, points.slice(start, pages[place + 1]).join('')]);
}
