// The list of models to choose from, and the field for another.

import { button, input, make } from '../../static/dom.js';
import { fill } from '../../static/text.js';

/** @typedef {{ model: string, base_url: string, title: string, by: string, host: string, size: number, needs: string, models: string[] }} Model */

/**
 * @param {{ words: any, size: (bytes: number) => string, pick: (one: { model: string, base_url: string }) => void }} given
 */
export function models({ words, size, pick }) {
  const element = make('div', 'models');
  element.setAttribute('role', 'radiogroup');
  element.setAttribute('aria-label', words.model);

  /** @param {Model} one */
  const facts = one => [one.by === one.title ? '' : one.by, one.size ? size(one.size) : '',
    one.host ? fill(words.sends, one) : words.here,
    one.needs ? fill(words.needs, { package: one.needs }) : ''].filter(Boolean).join(' · ');

  /** @param {Model} one */
  function listed(one) {
    const radio = input('model', 'radio', { value: JSON.stringify([one.model, one.base_url]), disabled: Boolean(one.needs) });
    radio.addEventListener('change', () => pick(one));
    const name = one.model ? one.title : fill(words.as_set, one);
    return make('label', 'model' + (one.host ? ' sends' : ''), radio,
      make('span', 'name', name), make('span', 'facts', facts(one)));
  }

  /** A name that has to be written: of a provider's model, or of any. @param {Model | null} one */
  function written(one) {
    const label = one ? fill(words.name_of, one) : words.other;
    const named = input('named', 'text', { placeholder: one ? one.models[0] || '' : words.other_hint });
    named.setAttribute('aria-label', label);
    const names = make('datalist');
    names.id = 'names-' + (one ? one.model.replace(/\W/g, '') : 'other');
    names.append(...(one ? one.models : []).map(name => new Option(name)));
    named.setAttribute('list', names.id);
    const go = () => { if (named.value.trim()) pick({ model: (one ? one.model : '') + named.value.trim(), base_url: '' }); };
    named.addEventListener('keydown', event => { if (event.key === 'Enter') { event.preventDefault(); go(); } });
    named.disabled = Boolean(one?.needs);
    const choose = button('plain', words.choose, go);
    choose.disabled = named.disabled;
    return make('div', 'written' + (one ? ' sends' : ''), make('span', 'name', one ? one.title : label),
      one ? make('span', 'facts', facts(one)) : '', make('span', 'row', named, names, choose));
  }

  return {
    element,
    wait() {
      if (!element.children.length) element.append(make('p', 'hint', words.looking));
    },
    /** @param {Model[]} found @param {any} now */
    show(found, now) {
      const own = found.filter(one => !one.model.endsWith(':'));
      const providers = found.filter(one => one.model.endsWith(':'));
      element.replaceChildren(...own.map(listed), ...providers.map(written), now.may_send ? written(null) : '');
      this.mark(now);
    },
    /** @param {any} now */
    mark(now) {
      const wanted = JSON.stringify([now.model, now.base_url]);
      for (const radio of element.querySelectorAll('input[type=radio]')) {
        if (radio instanceof HTMLInputElement) radio.checked = radio.value === wanted;
      }
    },
  };
}
