import { describe, expect, it } from '@jest/globals';
import { databaseOf, urlsForDatabase, withDatabase, withoutPassword, withUser } from './index.mjs';

describe('database addresses', () => {
  const url = 'postgresql://postgres:secret@127.0.0.1:5432/postgres';

  it('turn to another database or user and keep the rest', () => {
    expect(withDatabase(url, 'suite_1')).toBe('postgresql://postgres:secret@127.0.0.1:5432/suite_1');
    expect(withUser(url, 'cairn_app', 'p@ss:w/rd%#?')).toBe('postgresql://cairn_app:p%40ss%3Aw%2Frd%25%23%3F@127.0.0.1:5432/postgres');
  });

  it('keep options such as sslmode', () => {
    expect(withDatabase('postgres://a:b@db.example/x?sslmode=require', 'y')).toBe('postgres://a:b@db.example/y?sslmode=require');
  });

  it('are printed without a password', () => {
    expect(withoutPassword(url)).not.toContain('secret');
  });

  it("count the server's own database as none", () => {
    expect([url, withDatabase(url, ''), withDatabase(url, 'mine')].map(databaseOf)).toEqual(['', '', 'mine']);
  });

  it('of all roles turn together', () => {
    const urls = urlsForDatabase({ ownerUrl: withUser(url, 'o', '1'), appUrl: withUser(url, 'a', '2') }, 'suite');
    expect(urls).toEqual({ ownerUrl: 'postgresql://o:1@127.0.0.1:5432/suite', appUrl: 'postgresql://a:2@127.0.0.1:5432/suite' });
  });
});
