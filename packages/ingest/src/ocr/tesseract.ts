import { createRequire } from 'node:module';
import type { GreyPage } from './grey-page.js';
import { OCR_LANGUAGES, type OcrLanguage, trainedData } from './ocr-language.js';
import type { RecognisedText } from './recognised-word.js';
import { wordsOf } from './words-of.js';

/** What is used of the C++ interface of Tesseract. It has no types of its own. */
interface TesseractApi {
  Init(folder: null, languages: string, engine: number): number;
  SetVariable(name: string, value: string): boolean;
  SetImageFile(orientation: number, angle: number): number;
  FindLines(): number;
  GetGradient(): number;
  Recognize(monitor: null): number;
  GetUTF8Text(): string;
  GetTSVText(page: number): string;
}

interface TesseractModule {
  /** Files in memory; nothing of it is on disk. */
  FS: { writeFile(path: string, data: Uint8Array): void };
  TessBaseAPI: new () => TesseractApi;
}

const CORE = 'tesseract.js-core/tesseract-core-simd-lstm';
const NEURAL_ONLY = 1;
const WHOLE_PAGE = '3';
/** Ink is what is darker than its surroundings. The usual one, darker than the whole page, loses shaded pages and lines that stand alone on a grainy one. */
const SAUVOLA = '2';
const UPRIGHT = 1;
/** A third of a degree: below it, turning the page costs more than it gives. */
const SLIGHT_RADIANS = 0.005;

// The page is well-formed, so nothing else can be the matter. Without memory the C++ side says so by a number, or finds nothing.
const outOfMemory = () => new Error('Tesseract failed to allocate memory for the page');

/** Tesseract, compiled to WebAssembly, in this process. It is not told to be careful: run it in a child. */
export class Tesseract {
  private constructor(
    private readonly module: TesseractModule,
    private readonly api: TesseractApi,
  ) {}

  static async load(languages: OcrLanguage[]): Promise<Tesseract> {
    const quiet = { print: () => undefined, printErr: () => undefined };
    const module = await (createRequire(import.meta.url)(CORE) as (options: object) => Promise<TesseractModule>)(quiet);
    for (const language of languages) module.FS.writeFile(`${OCR_LANGUAGES[language]}.traineddata`, trainedData(language));
    const api = new module.TessBaseAPI();
    const names = languages.map((language) => OCR_LANGUAGES[language]).join('+');
    if (api.Init(null, names, NEURAL_ONLY) !== 0) throw new Error(`Tesseract cannot be made to read ${names}`);
    api.SetVariable('tessedit_pageseg_mode', WHOLE_PAGE);
    api.SetVariable('thresholding_method', SAUVOLA);
    return new Tesseract(module, api);
  }

  read(page: GreyPage): RecognisedText {
    // PGM: pixels as they are. The decoders of the C++ side never see a file.
    this.module.FS.writeFile('/input', Buffer.concat([Buffer.from(`P5\n${page.width} ${page.height}\n255\n`), page.pixels]));
    const angle = this.straighten();
    if (this.api.Recognize(null) !== 0) throw outOfMemory();
    return { text: this.api.GetUTF8Text().trim(), words: wordsOf(this.api.GetTSVText(0), page, angle) };
  }

  /** Turns a page that was laid on the scanner askew. Two degrees are enough to lose two words of three. */
  private straighten(): number {
    this.show(0);
    this.api.FindLines();
    const angle = this.api.GetGradient();
    if (Math.abs(angle) < SLIGHT_RADIANS) return 0;
    this.show(angle);
    return angle;
  }

  private show(angle: number): void {
    if (this.api.SetImageFile(UPRIGHT, angle) === 1) throw outOfMemory();
  }
}
