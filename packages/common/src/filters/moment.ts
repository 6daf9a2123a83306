/** A text in the form of RFC 3339: a date and a time, or a date alone, which is its midnight in UTC. */
export type MomentText = string;

// Postgres knows offsets up to 15:59 only, no year 0000, and makes the next minute of a leap second: those are texts like others, here and in SQL.
const FORM = /^(?!0000)(\d{4}-\d\d-\d\d)(?:[Tt]((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(0\d|1[0-5]):([0-5]\d)))?$/;

/** The moment that a text names, in microseconds since 1970, as exact as Postgres keeps it; undefined for any other text. */
export function microsecondsOf(text: string): bigint | undefined {
  const [, date, time = '00:00:00', fraction = '', sign, hours = '0', minutes = '0'] = FORM.exec(text) ?? [];
  if (date === undefined) return undefined;
  const milliseconds = Date.parse(`${date}T${time}Z`);
  if (!isDayOf(milliseconds, date)) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000);
  return BigInt(milliseconds - offset) * 1_000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
}

/** False for the 30th of February, which some engines read as a day in March. */
function isDayOf(milliseconds: number, date: string): boolean {
  return Number.isFinite(milliseconds) && new Date(milliseconds).toISOString().startsWith(date);
}

export function isMoment(value: unknown): value is MomentText {
  return typeof value === 'string' && microsecondsOf(value) !== undefined;
}

// A moment with each digit replaced by 0 is one of few texts. Looking it up takes a tenth of the time of a regular expression.
const FRACTIONS = ['', ...Array.from({ length: 9 }, (_, digits) => `.${'0'.repeat(digits + 1)}`)];
const SHAPES = ['0000-00-00', ...FRACTIONS.flatMap((fraction) => ['Z', '+00:00', '-00:00'].map((zone) => `0000-00-00T00:00:00${fraction}${zone}`))];

// Postgres itself would take hour 24 and second 60. What else is wrong with digits in the right places, it says without failing.
const IS_MOMENT = `translate(written.text, '123456789tz', '000000000TZ') = ANY('{${SHAPES.join(',')}}'::text[])
  AND substr(written.text, 12, 2) COLLATE "C" < '24' AND substr(written.text, 18, 2) COLLATE "C" < '60' AND pg_input_is_valid(written.moment, 'timestamptz')`;

/** Digits beyond the microsecond are cut off, where Postgres would round. */
const whole = (text: string) =>
  `CASE length(${text}) WHEN 10 THEN ${text} || 'T00:00:00Z' WHEN 20 THEN ${text} ELSE regexp_replace(${text}, '([.][0-9]{6})[0-9]+', '\\1') END`;

/** SQL for the moment that a text names, null for any other text; it never fails. */
export function momentSql(text: string): string {
  // A cast that can fail stands behind its test in a CASE: the order of conditions is the planner's to choose. OFFSET 0 has it read the text once.
  return `(SELECT CASE WHEN ${IS_MOMENT} THEN written.moment::timestamptz END FROM (SELECT ${text} AS text, ${whole(text)} AS moment OFFSET 0) AS written)`;
}

/** A moment as Postgres reads it, whatever its settings. */
export function momentParameter(moment: MomentText): string {
  const whole = moment.length === 10 ? `${moment}T00:00:00Z` : moment;
  return whole.replace(/(\.\d{6})\d+/, '$1');
}
