import { stemmer as arabic } from '@orama/stemmers/arabic';
import { stemmer as danish } from '@orama/stemmers/danish';
import { stemmer as dutch } from '@orama/stemmers/dutch';
import { stemmer as finnish } from '@orama/stemmers/finnish';
import { stemmer as french } from '@orama/stemmers/french';
import { stemmer as german } from '@orama/stemmers/german';
import { stemmer as italian } from '@orama/stemmers/italian';
import { stemmer as norwegian } from '@orama/stemmers/norwegian';
import { stemmer as portuguese } from '@orama/stemmers/portuguese';
import { stemmer as russian } from '@orama/stemmers/russian';
import { stemmer as spanish } from '@orama/stemmers/spanish';
import { stemmer as swedish } from '@orama/stemmers/swedish';
import { stemmer as turkish } from '@orama/stemmers/turkish';
import { stopwords as arabicStops } from '@orama/stopwords/arabic';
import { stopwords as danishStops } from '@orama/stopwords/danish';
import { stopwords as dutchStops } from '@orama/stopwords/dutch';
import { stopwords as englishStops } from '@orama/stopwords/english';
import { stopwords as finnishStops } from '@orama/stopwords/finnish';
import { stopwords as frenchStops } from '@orama/stopwords/french';
import { stopwords as germanStops } from '@orama/stopwords/german';
import { stopwords as italianStops } from '@orama/stopwords/italian';
import { stopwords as norwegianStops } from '@orama/stopwords/norwegian';
import { stopwords as portugueseStops } from '@orama/stopwords/portuguese';
import { stopwords as russianStops } from '@orama/stopwords/russian';
import { stopwords as spanishStops } from '@orama/stopwords/spanish';
import { stopwords as swedishStops } from '@orama/stopwords/swedish';
import { stopwords as turkishStops } from '@orama/stopwords/turkish';
import { stem as english } from 'porter2';

interface LanguageRules {
  stem: (word: string) => string;
  stops: ReadonlySet<string>;
}

const rules = (stem: (word: string) => string, stops: string[]): LanguageRules => ({ stem, stops: new Set(stops) });

const RULES = {
  ar: rules(arabic, arabicStops),
  da: rules(danish, danishStops),
  de: rules(german, germanStops),
  en: rules(english, englishStops),
  es: rules(spanish, spanishStops),
  fi: rules(finnish, finnishStops),
  fr: rules(french, frenchStops),
  it: rules(italian, italianStops),
  nl: rules(dutch, dutchStops),
  no: rules(norwegian, norwegianStops),
  pt: rules(portuguese, portugueseStops),
  ru: rules(russian, russianStops),
  sv: rules(swedish, swedishStops),
  tr: rules(turkish, turkishStops),
};

/** The ISO 639-1 code of a language that has a stemmer. */
export type Language = keyof typeof RULES;

export const LANGUAGES = Object.keys(RULES) as Language[];

// No language has words as long; what does is data.
const LONGEST_WORD = 64;

/** The stem of a word in lower case, its accents in place. */
export function stem(lower: string, language: Language): string {
  return lower.length > LONGEST_WORD ? lower : RULES[language].stem(lower);
}

/** Whether the word, in lower case, is so frequent in the language that a query can do without it. */
export const isStopWord = (lower: string, language: Language) => RULES[language].stops.has(lower);
