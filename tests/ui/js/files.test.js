// Promises of which files are meant when files and folders are added.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  MOST_FILES, droppedFiles, filesOf, isReadable, meantOf, pagesOf, passedOf,
} from '../../../ui/window/library/static/files.js';

const FORMATS = ['.md', '.pdf'];

/** A dropped file; its content does not matter. */
const fileEntry = fullPath => ({ isFile: true, fullPath, file: done => done({ name: fullPath.split('/').pop() }) });

/** A dropped folder, which a browser reads in several turns. */
function folderEntry(...entries) {
  return { isFile: false, createReader() {
    const left = [...entries];
    return { readEntries: done => done(left.splice(0, 100)) };
  } };
}

test('a file is read by its ending, whatever its case; an ending alone is no name', () => {
  assert.ok(isReadable('notes/A.MD', FORMATS));
  assert.ok(!isReadable('notes/.md', FORMATS));
  assert.ok(!isReadable('a.md.exe', FORMATS));
});

test('of a folder what can be read is meant and nothing hidden; a file named itself always is', () => {
  const chosen = [['a.exe', false], ['d/b.exe', true], ['d/b.md', true], ['d/.git/c.md', true]];
  const meant = meantOf(chosen.map(([name, isFromFolder]) => [null, name, isFromFolder]), FORMATS);
  assert.deepEqual(meant.map(([, name]) => name), ['a.exe', 'd/b.md']);
});

test('what of a folder is passed over for its format is told, what is hidden is not', () => {
  const chosen = [['a.exe', false], ['d/b.exe', true], ['d/b.md', true], ['d/.git/c.exe', true]];
  const passed = passedOf(chosen.map(([name, isFromFolder]) => [null, name, isFromFolder]), FORMATS);
  assert.deepEqual(passed.map(([, name]) => name), ['d/b.exe']);
});

test('a folder is read to its end, and what is in it is known to be from a folder', async () => {
  const many = Array.from({ length: 250 }, (_, place) => fileEntry(`/d/${place}.md`));
  const files = await filesOf(folderEntry(...many, folderEntry(fileEntry('/d/e/f.md'))));
  assert.equal(files.length, 251);
  assert.deepEqual(files.at(-1)?.slice(1), ['d/e/f.md', true]);
});

test('of an endless folder the reading ends', async () => {
  const endless = { isFile: false, createReader: () => ({
    readEntries: done => done(Array(1000).fill(fileEntry('/d/a.md'))) }) };
  assert.ok((await filesOf(endless)).length <= 6 * MOST_FILES);
});

test('where a folder cannot be read, the files alone are taken', async () => {
  const broken = { isFile: true, fullPath: '/a.md', file: (_, fail) => fail(new Error('gone')) };
  const files = [{ name: 'a.md' }];
  assert.deepEqual(await droppedFiles({ items: [{ webkitGetAsEntry: () => broken }], files }),
    [[files[0], 'a.md', false]]);
});

test('a text is cut where its pages begin, by code points', () => {
  assert.deepEqual(pagesOf('𝔸bcd', [0, 2]), [1, '𝔸b', 2, 'cd']);
});

test('a text of one page is not cut', () => {
  assert.deepEqual(pagesOf('abcd', [0]), ['abcd']);
});
