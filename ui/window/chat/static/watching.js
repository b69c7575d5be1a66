// An answer that is being given is watched, wherever one is seen to be coming: after a question, after
// a reload, when another conversation is opened, and again where the connection broke.

const LOOK_MS = 1000;
const STALE_MS = 6000;

/**
 * @param {import('./conversation.js').Conversation} conversation
 * @param {ReturnType<typeof import('./connection.js').makeConnection>} connection
 */
export function makeWatching({ exchanges, command }, connection) {
  let watched = 0;         // when the question was asked whose answer is watched
  let clock = '';
  let movedAt = 0;

  function watch() {
    movedAt = Date.now();
    command('watch_answer');
  }

  // The server moves a clock on every second. One that stands still is not watched any more.
  setInterval(async () => {
    const now = [...document.querySelectorAll('#chat .clock')].at(-1)?.textContent ?? '';
    if (now !== clock) {
      clock = now;
      movedAt = Date.now();
    }
    if (!watched || connection.isAway() || Date.now() - movedAt < STALE_MS) return;
    movedAt = Date.now();
    if (await connection.look()) watch();
  }, LOOK_MS);

  // Whoever comes back to this tab sees what was asked in another meanwhile.
  function look() {
    if (!document.hidden && !watched && exchanges().length) command('look');
  }
  addEventListener('focus', look);
  document.addEventListener('visibilitychange', look);

  return {
    /** The conversation is another, or went on. @returns {boolean} whether an answer begins */
    follow() {
      const busy = exchanges().at(-1)?.busy ?? 0;
      const begins = busy !== 0 && busy !== watched;
      watched = busy;
      if (begins) watch();
      return begins;
    },
  };
}
