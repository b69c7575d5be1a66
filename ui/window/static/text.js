// Words, numbers and addresses as the window shows them. Nothing here touches the page.

/** @param {string} text */
export const capital = text => text.slice(0, 1).toUpperCase() + text.slice(1);

/**
 * A text with each {name} filled in; of what is not given nothing is left.
 * @param {string} text
 * @param {Record<string, unknown>} facts
 */
export const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => String(facts[name] ?? ''));

/**
 * So many of something: of one by `<name>_one`, where the language tells one from several.
 * @param {Record<string, any>} words
 * @param {string} name
 * @param {number} count
 * @param {Intl.NumberFormat} numbers  of the words' language
 * @param {Record<string, unknown>} [facts]
 */
export function counted(words, name, count, numbers, facts = {}) {
  const form = new Intl.PluralRules(numbers.resolvedOptions().locale).select(count);
  return fill(words[`${name}_${form}`] ?? words[name], { count: numbers.format(count), ...facts });
}

/**
 * The locale of a language: English dates are written as in Britain.
 * @param {string} language
 */
export const localeOf = language => (language === 'en' ? 'en-GB' : language);

/**
 * The address that a link is, if it is one of the web.
 * @param {string} link
 */
export function webAddress(link) {
  try {
    const address = new URL(link);
    return /^https?:$/.test(address.protocol) ? address : null;
  } catch {
    return null;
  }
}

/**
 * A size in the unit that suits it.
 * @param {number} bytes
 * @param {string} language
 */
export function sizeIn(bytes, language) {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  let unit = 0;
  for (; bytes >= 1000 && unit < 3; unit++) bytes /= 1000;
  const maximumFractionDigits = bytes < 10 ? 1 : 0;
  return new Intl.NumberFormat(language, { style: 'unit', unit: units[unit], maximumFractionDigits }).format(bytes);
}

/**
 * Where in a text a code point stands: offsets count these, as Python does, but a JavaScript
 * string counts UTF-16 units. Past the end there is no such place: -1.
 * @param {string} text
 * @param {number} point
 */
export function unitAt(text, point) {
  let at = 0;
  for (; point > 0 && at < text.length; point--) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return point > 0 ? -1 : at;
}

/**
 * The same for many places of one text, each found from the one before it.
 * @param {string} text
 * @returns {(point: number) => number}
 */
export function placing(text) {
  let [point, unit] = [0, 0];
  return wanted => {
    if (wanted < point) [point, unit] = [0, 0];
    for (; point < wanted && unit < text.length; point++) unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
    return unit;
  };
}
