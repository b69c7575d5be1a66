// A quotation as a card shows it: its words, or what its Markdown makes of them.

import { make } from '../../static/dom.js';
import { rendered } from './markdown.js';

/**
 * @param {import('./conversation.js').Source} source
 * @param {Record<string, any>} words
 */
export function quoteOf({ quote, blocks, headed }, words) {
  if (!blocks) return make('q', 'quote', quote);
  return make('div', 'quote md-page',
    ...rendered(blocks, { say: one => [one], words, isQuoted: true, isHeaded: headed }));
}
