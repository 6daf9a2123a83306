import { expect, it } from '@jest/globals';
import { detectLanguages, queryLanguages } from './detect-languages.js';

it.each([
  ['The connection to the storage was lost', ['en']],
  ['Die Verbindung zum Speicher ist abgebrochen', ['de']],
  ['La connexion au stockage a été perdue', ['fr']],
  ['Se perdió la conexión con el almacenamiento', ['es']],
  ['Połączenie z magazynem zostało utracone', []],
  ['系统错误', []],
  ['ERR-4711 https://example.com/a', []],
  ['', []],
])('%s is in %j', (text, languages) => {
  expect(detectLanguages(text)).toEqual(languages);
});

it('a few words may be in several languages', () => {
  expect(detectLanguages('guitar chord tuning')).toEqual(['sv', 'da', 'en']);
});

it('the languages of the documents come before what a query looks like', () => {
  expect(queryLanguages('guitar chord tuning', ['de', 'en'])).toEqual(['en', 'de', 'sv', 'da']);
  expect(queryLanguages('john maxwell', ['en'])).toEqual(['en']);
  expect(queryLanguages('Die Verbindung ist abgebrochen', ['en'])).toEqual(['en', 'de']);
  expect(queryLanguages('Die Verbindung ist abgebrochen', ['en', 'de'])).toEqual(['de', 'en']);
});
