import { readXml, type XmlSource } from './read-xml.js';

/** The texts of the elements that are named, under the names that are given; several of one name in a list. */
export function textsOf(source: XmlSource, names: Record<string, string>): Record<string, string> {
  const texts: Record<string, string> = {};
  let current: string | undefined;
  let words = '';
  readXml(source, {
    open(tag) {
      current = Object.hasOwn(names, tag) ? tag : current;
      if (current === tag) words = '';
    },
    text: (text) => {
      if (current !== undefined) words += text;
    },
    close(tag) {
      if (tag !== current) return;
      const [name, value] = [names[tag] as string, words.trim()];
      if (value !== '') texts[name] = texts[name] === undefined ? value : `${texts[name]}, ${value}`;
      current = undefined;
    },
  });
  return texts;
}
