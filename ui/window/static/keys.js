// When a key is the page's: nobody types, no other key is held with it, and nothing is open over the page.

import { isCovered } from './dialog.js';
import { targetOf } from './dom.js';

const TYPED = 'input, textarea, select, [contenteditable]:not([contenteditable="false"])';
const TURNED = `${TYPED}, [role="tab"], [role="radio"], [role="slider"], .scrolled`;

/** @param {KeyboardEvent} event */
const isPlain = event => !(event.defaultPrevented || event.isComposing || event.altKey || event.ctrlKey || event.metaKey);

/** Whether a letter or a sign is meant for the page. @param {KeyboardEvent} event */
export const isCommand = event => isPlain(event) && !event.repeat && !targetOf(event, TYPED) && !isCovered();

/** Whether an arrow is: not where it moves something else. @param {KeyboardEvent} event */
export const isArrow = event => isPlain(event) && !event.shiftKey && !targetOf(event, TURNED) && !isCovered();
