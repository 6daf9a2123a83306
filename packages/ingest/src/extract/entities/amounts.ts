import { type FoundEntity, matchesOf } from './entity-finder.js';

/** Signs that are of one currency. `$`, `¥` and `kr` are of several, and stay what they are. */
const CURRENCIES: Record<string, string> = {
  '€': 'EUR',
  '£': 'GBP',
  '₹': 'INR',
  '₩': 'KRW',
  '₽': 'RUB',
  '₺': 'TRY',
  '₴': 'UAH',
  '₪': 'ILS',
  '₫': 'VND',
  '฿': 'THB',
  zł: 'PLN',
  US$: 'USD',
  A$: 'AUD',
  C$: 'CAD',
  HK$: 'HKD',
  R$: 'BRL',
  NT$: 'TWD',
  '￥': '¥',
};
const CODES = 'EUR|USD|GBP|CHF|JPY|CNY|SEK|NOK|DKK|PLN|CZK|HUF|INR|KRW|RUB|TRY|BRL|MXN|CAD|AUD|NZD|SGD|HKD|ZAR|AED|SAR|ILS|THB|UAH|TWD';
const SIGNS = String.raw`US\$|HK\$|NT\$|A\$|C\$|R\$|[$€£¥￥₹₩₽₺₴₪₫฿]`;
const BEHIND_ONLY = 'zł|kr';
// Groups of three, or none, and at most two decimals.
const NUMBER = String.raw`\d{1,3}(?<mark>[.,'’\u00a0\u202f])\d{3}(?:\k<mark>\d{3}){0,4}(?:[.,]\d{1,2})?|\d{1,15}(?:[.,]\d{1,2})?`;
const SPACE = String.raw`[ \u00a0\u202f]?`;

// What is said in millions is not the number that stands there.
const NOT_MILLIONS = String.raw`(?!${SPACE}(?:[Mm]illi|[Bb]illi|[Mm]rd|[Mm]io|(?:[MKkm]|[Bb]n|[Mm]n)(?![\p{L}\p{N}])))`;

const BEFORE = new RegExp(String.raw`(?<![\p{L}\p{N}$])(?<sign>${SIGNS}|${CODES})${SPACE}(?<number>${NUMBER})(?![\p{N}]|[.,'’]\p{N})${NOT_MILLIONS}`, 'gu');
const BEHIND = new RegExp(
  String.raw`(?<![\p{L}\p{N}]|\p{N}[.,'’\u00a0\u202f])(?<number>${NUMBER})${SPACE}(?<sign>${SIGNS}|(?:${CODES}|${BEHIND_ONLY})(?![\p{L}\p{N}]))`,
  'gu',
);

/** Amounts of money, as `EUR 1200.5`: the code of the currency where its sign leaves no doubt, and a decimal number without groups. */
export function* findAmounts(text: string): Generator<FoundEntity> {
  yield* matchesOf(text, BEFORE, amountOf);
  yield* matchesOf(text, BEHIND, amountOf);
}

function amountOf({ groups }: RegExpMatchArray): string | undefined {
  const { sign = '', number = '' } = groups ?? {};
  return `${CURRENCIES[sign] ?? sign} ${decimalOf(number)}`;
}

/** A mark that stands three digits before the end divides groups: nobody counts thousandths of money. */
function decimalOf(number: string): string {
  const decimals = /[.,](\d{1,2})$/.exec(number)?.[1] ?? '';
  const whole = number.slice(0, number.length - (decimals === '' ? 0 : decimals.length + 1)).replace(/\D/g, '');
  const fraction = decimals.replace(/0+$/, '');
  return `${whole.replace(/^0+(?=\d)/, '')}${fraction === '' ? '' : `.${fraction}`}`;
}
