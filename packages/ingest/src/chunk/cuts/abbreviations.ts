// Words that a full stop belongs to and that a sentence seldom ends with.
const WORDS = {
  en: 'mr mrs ms dr prof st jr sr vs eg ie cf approx dept est fig figs eq eqs sec vol pp ed eds gen col capt lt sgt rev hon gov sen rep messrs mt ave blvd rd inc ltd corp co jan feb mar apr jun jul aug sept sep oct nov dec nos',
  de: 'bzw ca dr prof usw evtl ggf inkl zzgl vgl str nr abb abs art aufl bd etc geb hrsg jh jhd kap lt max min mio mrd mwst o u a z b d h s sog st tab tel u.a u.ä v.chr n.chr z.b d.h z.t z.zt hl ing dipl mag jan feb mär apr jun jul aug sept okt nov dez',
  fr: 'm mm mme mmes mlle mlles dr me pr st ste av bd chap cf env etc ex fig hab janv févr avr juil sept oct nov déc p pp tél vol éd art',
  es: 'sr sra sres sras srta dr dra prof ud uds vd vds av avda c cap cía depto ej etc fig gral lic núm pág págs tel vol ene feb mar abr may jun jul ago sept oct nov dic ee uu',
  it: 'sig sigg sig.ra dott dott.ssa prof prof.ssa ing avv arch geom rag cap cfr ecc es fig n pag pagg sec tel vol gen feb mar apr mag giu lug ago set ott nov dic',
  pt: 'sr sra sres dr dra prof profa av cap cia depto etc ex fig núm pág págs séc tel vol jan fev mar abr mai jun jul ago set out nov dez',
  nl: 'dhr mevr mw dr drs ir ing prof mr st afb bijv blz bv ca cf enz evt fig hfst incl jl m.b.t nl nr o.a p pag resp t.a.v tel vgl vs z.o.z jan feb mrt apr jun jul aug sept okt nov dec',
  pl: 'dr mgr inż prof hab np tj tzn itd itp m.in ok godz ul al św nr str tel wyd zob por ur zm red r w tys mln mld',
  ru: 'г гг ул пр д кв стр см ср рис табл т тт тыс млн млрд руб коп др проф акад им обл р н э напр',
  sv: 't.ex bl.a m.m m.fl d.v.s s.k ca dr prof kap nr sid tel st jan feb mar apr jun jul aug sept okt nov dec',
  tr: 'dr prof doç av sn vb vs bkz örn sok cad mah apt no tel yy',
  el: 'κ κκ κα δρ καθ βλ πρβλ π.χ κ.λπ κ.ά δηλ σ σσ τηλ αρ',
} as const;

/** Languages whose abbreviations are known, or whose sentences end in a way of their own. */
export const SENTENCE_LANGUAGES = ['de', 'el', 'en', 'es', 'fr', 'it', 'nl', 'pl', 'pt', 'ru', 'sv', 'tr'] as const satisfies (keyof typeof WORDS)[];
export type SentenceLanguage = (typeof SENTENCE_LANGUAGES)[number];

// Where nobody says which language a text is in: the English ones, and of the others those that are no word of another language.
const PLAIN_ANYWHERE =
  'dr dra prof profa bzw usw evtl ggf vgl zzgl inkl etc env núm pág págs sr sra srta mme mlle dott avv sigg dhr mevr drs bijv blz godz itd itp t.ex bl.a m.fl örn bkz';

function wordsFor(language: SentenceLanguage | undefined): string {
  return language === undefined ? `${WORDS.en} ${PLAIN_ANYWHERE}` : WORDS[language];
}

const known = new Map<SentenceLanguage | undefined, ReadonlySet<string>>();

/** The abbreviations of a language, in lower case and without their last full stop; a cautious choice when it is not known. */
export function abbreviationsOf(language: SentenceLanguage | undefined): ReadonlySet<string> {
  const made = known.get(language) ?? new Set(wordsFor(language).split(' '));
  known.set(language, made);
  return made;
}
