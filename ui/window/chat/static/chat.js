// The conversation's script: the sheet of sources beside it, and what is selected in it. Every word
// that comes from an article is set as text, never as markup.

import { rootOf } from '../../static/dom.js';
import { listen } from './actions.js';
import { makeConnection } from './connection.js';
import { box, conversationOf } from './conversation.js';
import { makeHolding } from './holding.js';
import { label } from './labels.js';
import { makeQuestion } from './question.js';
import { makeReader } from './reader.js';
import { makeScrolling } from './scrolling.js';
import { makeSharing } from './sharing.js';
import { makeTip } from './tip.js';
import { makeWatching } from './watching.js';

/** @param {import('../../static/gradio.js').Component} component */
export function mount(component) {
  const { element, props, server, follow } = component;
  const root = rootOf(element, 'reader');
  const conversation = conversationOf(component);
  const tip = makeTip(conversation);
  const reader = makeReader(conversation, root, id => server.get_article(id), tip.focusQuietly,
    () => dress());
  const scrolling = makeScrolling(props.words.newest);
  const hold = makeHolding();
  const dress = () => {
    label(conversation, root, reader.openHref());
    scrolling.look();
    hold();
  };
  const connection = makeConnection(props.run, () => question.away(), () => box()?.value ?? '');
  const question = makeQuestion(conversation, connection, props.longest);
  const watching = makeWatching(conversation, connection);
  root.append(conversation.told);
  new MutationObserver(dress).observe(document.body, { childList: true, subtree: true });
  reader.showList(-1);

  const sharing = makeSharing(conversation, props.language, server);
  const links = listen(conversation, reader, tip, sharing, element);
  // A new question brings its sources up; an answer that goes on does not interrupt the reading.
  let known = 0;
  follow(() => {
    const now = conversation.exchanges().length;
    if (now !== known || (!reader.openHref() && reader.listed() === now - 1)) reader.showList(now - 1);
    question.follow();
    if (watching.follow() || now !== known) scrolling.follow();
    known = now;
    conversation.tell(now ? conversation.exchanges()[now - 1].told : '');
    links.followNamed();
  });
  links.followNamed();
  question.begin();
}
