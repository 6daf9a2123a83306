import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { canLimitMemory, OCR_LANGUAGES, OCR_LIMITS, type OcrLanguage, type RecognisedText, type RecognisedWord, recogniseText } from '../../dist/index.js';
import { drawPage } from '../fixtures/draw-page.js';
import { blackPng, bound } from '../fixtures/images.js';

jest.setTimeout(120_000);

const ENGLISH = `The pump in hall seven was switched off shortly before midnight, because its bearing had become too warm. The operator on duty wrote the number of the alarm, ERR-4711, into the log and called the workshop.
Invoice 2024-0815 lists three parts: one sensor for 129.90, two bearings for 84.50 each, and a tube of grease. Please write to maintenance@example.org when the remaining pumps, X-17 to X-23, have been checked.`;
const GERMAN = `Für die Prüfung müssen die Öffnungen gründlich gesäubert und die Schläuche gelöst werden. Größere Mängel sind dem zuständigen Büro unverzüglich zu melden.
Über die Kosten von 1.284,50 entscheidet der Ausschuss; außerdem wird geprüft, ob die Gewährleistung noch gültig ist.`;

const wordsIn = (text: string): string[] => text.replaceAll(/[’‘]/g, "'").split(/\s+/);
const missing = (text: string, read: RecognisedText): string[] => wordsIn(text).filter((word) => !wordsIn(read.text).includes(word));
const read = async (bytes: Uint8Array, ...languages: OcrLanguage[]) => recogniseText(bytes, { languages });

describe('a scanned page', () => {
  let clean: Buffer;
  let found: RecognisedText;

  beforeAll(async () => {
    clean = await (await drawPage(ENGLISH)).png().toBuffer();
    found = await read(clean, 'en');
  });

  it('R4: is found by a word and by a code in it', () => {
    expect(found.text).toContain('midnight');
    expect(found.words.find(({ text }) => text.startsWith('ERR-4711'))?.confidence).toBeGreaterThan(0.8);
  });

  it('is read word by word at 300 dpi', () => {
    expect(missing(ENGLISH, found).length / wordsIn(ENGLISH).length).toBeLessThanOrEqual(0.03);
  });

  it('says where a word stands', () => {
    const first = found.words[0];
    expect(first?.text).toBe('The');
    // 64 points from the left, and the top of a capital letter of 12 points, at 300 dpi.
    expect(Math.abs((first?.box.left as number) - 267)).toBeLessThan(8);
    expect(Math.abs((first?.box.top as number) - 278)).toBeLessThan(15);
  });

  // Not one word of it is found without the blur or with another rule for what is ink, and a third when it is not turned straight.
  it('is read though it is askew, grainy and faint, and words stand where they are on the page', async () => {
    const page = await (await drawPage(ENGLISH, { dpi: 200, skew: 3, grain: 38, ink: 120, paper: 210 })).png().toBuffer();
    const faint = await read(page, 'en');
    expect(missing(ENGLISH, faint).length / wordsIn(ENGLISH).length).toBeLessThanOrEqual(0.1);
    // At 200 dpi the text begins at (178, 187). Turned by three degrees about the middle of the page, (826, 1169), that is (230, 155).
    const { left, top } = (faint.words[0] as RecognisedWord).box;
    expect([Math.abs(left - 230) < 8, Math.abs(top - 155) < 10]).toEqual([true, true]);
  });

  it('in German has its umlauts, also when it might have been English', async () => {
    const pages = await Promise.all([ENGLISH, GERMAN].map(async (text) => (await drawPage(text, { dpi: 200 })).png().toBuffer()));
    const file = await bound(pages).tiff({ compression: 'lzw' }).toBuffer();
    const german = await recogniseText(file, { languages: ['en', 'de'], page: 1 });
    expect(missing(GERMAN, german).length / wordsIn(GERMAN).length).toBeLessThanOrEqual(0.06);
    expect(german.text).toContain('Größere Mängel');
  });

  it('that is empty has no words, in all the languages there are', async () => {
    const all = Object.keys(OCR_LANGUAGES) as OcrLanguage[];
    expect(await read(await (await drawPage('', { dpi: 100 })).png().toBuffer(), ...all)).toEqual({ text: '', words: [] });
  });

  it('that is not an image, or too large a one, is refused in words for people', async () => {
    await expect(read(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'en')).rejects.toMatchObject({ code: 'image_format' });
    await expect(read(blackPng(16_384, 16_384), 'en')).rejects.toMatchObject({ message: 'This image has 268 megapixels; at most 40 can be read.' });
  });

  it('that takes too long or too much is given up, and the next one is read', async () => {
    const give = (limits: Partial<typeof OCR_LIMITS>) => recogniseText(clean, { languages: ['en'], childLimits: { ...OCR_LIMITS, ...limits } });
    await expect(give({ wallSeconds: 0.5 })).rejects.toMatchObject({ reason: 'time' });
    if (!canLimitMemory) return;
    await expect(give({ cpuSeconds: 1 })).rejects.toMatchObject({ reason: 'cpu' });
    await expect(give({ memoryMb: 200 })).rejects.toMatchObject({ reason: 'memory' });
  });
});
