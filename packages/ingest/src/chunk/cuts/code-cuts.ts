import { type Line, linesOf } from '../line.js';
import type { Span } from '../span.js';
import type { Cuts } from './cuts.js';

const MODIFIERS =
  'export|default|public|private|protected|internal|static|final|abstract|sealed|async|unsafe|extern|inline|override|virtual|open|data|declare|partial|pub(?:\\([^)]{0,20}\\))?';
const WORDS =
  'class|interface|trait|struct|enum|union|type|namespace|module|mod|impl|def|defp|defmodule|fn|func|fun|function|procedure|sub|macro|protocol|extension|object|record|contract';
// Read on the first characters of a line only.
const DEFINITION = new RegExp(`^\\s*(?:(?:${MODIFIERS})\\s+){0,6}(?:${WORDS})\\b`);
const MEMBER = /^\s*(?:(?:public|private|protected|internal|static|async|override|abstract|final|virtual)\s+){1,6}[\w<[]/;
const STATEMENT = /^\s*create\s+(?:or\s+replace\s+)?(?:table|view|function|procedure|index|trigger)\b/i;
const ARROW = /^(?:export\s+)?(?:const|let|var)\s+\w+\s*=\s*(?:async\b|function\b|class\b|\()/;
// In C, C++, Java and C# a function begins with its type: a name, a bracket, and no semicolon behind it.
const TYPED = /^[A-Za-z_][\w:<>,*&[\]~ ]{0,100}\([^;]*$/;
const NO_NAME =
  /^(?:if|else|elif|for|while|switch|case|return|try|catch|except|finally|with|do|end|rescue|ensure|default|import|from|using|package|print|assert|raise|throw)\b/;
// A comment, a decorator or an attribute belongs to what stands below it.
const ABOVE = /^\s*(?:\/[/*]|\*|--|;;|#(?!\s*(?:include|define|if|ifdef|ifndef|else|endif|pragma)\b)|@|\[[A-Z]|"""|%)/;

const isDefinition = (head: string): boolean => DEFINITION.test(head) || STATEMENT.test(head) || ARROW.test(head) || (TYPED.test(head) && !NO_NAME.test(head));
const beginsName = (sign: string): boolean => /[\p{L}_$@#[("'`<]/u.test(sign);

/** What a line begins: a definition at the top, another statement at the top, a definition inside of another, or nothing. */
type Kind = 'definition' | 'statement' | 'member';

function kindOf(line: Line): Kind | undefined {
  const head = line.head;
  if (line.isIndented) return DEFINITION.test(head) || MEMBER.test(head) ? 'member' : undefined;
  if (isDefinition(head)) return 'definition';
  return beginsName(line.sign) && !NO_NAME.test(head) ? 'statement' : undefined;
}

/** The beginnings of lines of one kind, or of the comments right above them. */
function* linesOfKind(text: string, span: Span, kind: Kind): Generator<number> {
  let above: number | undefined;
  for (const line of linesOf(text, span)) {
    const isAbove = !line.isEmpty && ABOVE.test(line.head);
    if (!isAbove && !line.isEmpty && kindOf(line) === kind) {
      const begin = above ?? line.start;
      if (begin > span.start) yield begin;
    }
    above = isAbove ? (above ?? line.start) : undefined;
  }
}

/** Before a function, a class or the like that is not inside of another. */
export const definitionCuts: Cuts = (text, span) => linesOfKind(text, span, 'definition');

/** Before any other statement that is not indented. */
export const statementCuts: Cuts = (text, span) => linesOfKind(text, span, 'statement');

/** Before a method or another definition inside of one. */
export const memberCuts: Cuts = (text, span) => linesOfKind(text, span, 'member');
