import { describe, expect, it } from '@jest/globals';
import { csvOf } from './csv.js';

describe('comma-separated values', () => {
  it('D13: have a line for the names and one for each row, with quotes where they are needed', () => {
    const rows = [
      { query: 'plain', count: 2, at: new Date('2026-01-31T12:00:00Z'), none: null },
      { query: 'a "b", c\nd', count: -1.5, at: '2026-01-31' },
    ];
    expect(csvOf(['query', 'count', 'at', 'none'], rows)).toBe(
      'query,count,at,none\r\nplain,2,2026-01-31T12:00:00.000Z,\r\n"a ""b"", c\nd",-1.5,2026-01-31,\r\n',
    );
    expect(csvOf(['query', 'count'], [])).toBe('query,count\r\n');
  });

  it('D13: are no formulas, whatever somebody asked', () => {
    const asked = ['=HYPERLINK("http://x")', '+1', '-1', '@SUM(A1)', '\t=1'];
    const cells = csvOf(
      ['query'],
      asked.map((query) => ({ query })),
    )
      .split('\r\n')
      .slice(1, -1);
    expect(cells).toEqual([`"'=HYPERLINK(""http://x"")"`, "'+1", "'-1", "'@SUM(A1)", "'\t=1"]);
  });
});
