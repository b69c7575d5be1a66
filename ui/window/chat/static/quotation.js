// A quotation as a card shows it.

import { make } from '../../static/dom.js';

/** @param {import('./conversation.js').Source} source */
export function quoteOf(source) {
  return make('q', 'quote', source.quote);
}
