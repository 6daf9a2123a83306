import type { Parsed, Parser, ParserInput } from '../parser.js';
import { cuesOf } from '../text/cues.js';
import { decodeText } from '../text/decode-text.js';
import { TextWriter } from '../text/text-writer.js';
import { textParser } from './text.parser.js';

const SRT_START = /^\d{1,6}[ \t]*\r?\n\d{1,3}:\d{2}:\d{2},\d{1,3} --> /;

/** What is said in a recording, a line for each cue, and when. What has no cues is the text it is. */
function parseCues(input: ParserInput): Parsed | Promise<Parsed> {
  const { bytes, charset, limits } = input;
  const { text, encoding } = decodeText(bytes, charset);
  const cues = cuesOf(text);
  if (!cues.some(({ time }) => time !== undefined)) return textParser.parse(input);
  const writer = new TextWriter(limits);
  for (const { time, text: words } of cues) {
    if (time !== undefined) writer.time(time.from, time.to, words);
    else writer.line(words);
  }
  return writer.done({ encoding });
}

export const srtParser: Parser = {
  name: 'srt',
  what: 'subtitles (SRT)',
  mimeTypes: ['application/x-subrip', 'text/srt'],
  extensions: ['srt'],
  kind: 'text',
  isLight: true,
  recognises: ({ start }) => SRT_START.test(start),
  parse: parseCues,
};

export const vttParser: Parser = {
  name: 'vtt',
  what: 'subtitles (WebVTT)',
  mimeTypes: ['text/vtt'],
  extensions: ['vtt'],
  kind: 'text',
  isLight: true,
  recognises: ({ start }) => /^WEBVTT(?:[ \t\r\n]|$)/.test(start),
  parse: parseCues,
};
