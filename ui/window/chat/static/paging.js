// Which page of a PDF a place is on, and which words of a page are cited. Nothing here touches the page.

const NEAR = 200;  // ten-thousandths of the width: a gap between words, not between columns

/**
 * The number of the page, from 1, on which a code point stands.
 * @param {number[]} begins
 * @param {number} point
 */
export const pageAt = (begins, point) => Math.max(1, begins.filter(begin => begin <= point).length);

/**
 * The boxes of the cited words on a page, those that stand side by side as one; and whether all of
 * the words are among them that the citation has on this page.
 * @param {number[][]} words  first and last offset, then left, top, right and bottom
 * @param {{start: number, end: number} | null} cited  in code points
 * @param {{text: string, pages: number[]}} article
 * @param {number} number
 */
export function boxesOn(words, cited, { text, pages }, number) {
  if (!cited) return { boxes: [], isWhole: true };
  const [from, to] = [Math.max(cited.start, pages[number - 1]), Math.min(cited.end, pages[number] ?? Infinity)];
  const found = words.filter(([start, end]) => start < to && end > from);
  /** @type {number[][]} */
  const boxes = [];
  for (const [, , left, top, right, bottom] of found) {
    const last = boxes[boxes.length - 1];
    const isBeside = last && last[1] === top && last[3] === bottom && left >= last[0] && left - last[2] < NEAR;
    if (isBeside) last[2] = Math.max(last[2], right);
    else boxes.push([left, top, right, bottom]);
  }
  const letters = [...text].slice(from, to).filter((letter, at) => /\S/.test(letter)
    && !found.some(([start, end]) => start <= from + at && from + at < end));
  return { boxes, isWhole: letters.every(letter => letter === '-') };
}
