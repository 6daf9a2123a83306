import { describe, expect, it } from '@jest/globals';
import { simpleTokeniser } from '../../fixtures/simple-tokeniser.js';
import { collectChunks } from '../chunk.js';
import { makeChunker } from '../registry.js';

const TYPESCRIPT = `import { a } from 'a';
import { b } from 'b';

/** Adds two numbers. */
export function add(x: number, y: number): number {
  return x + y;
}

@Injectable()
class Adder {
  private total = 0;

  add(x: number): void {
    this.total += x;
  }
}

const twice = (x: number) => add(x, x);
`;

const PYTHON = `import os

# Greets people.
@cached
def greet(name):
    if name:
        print("Hello", name)
    else:
        print("Hello")


class Person:
    def __init__(self):
        self.name = None

    def walk(self):
        return 1
`;

const C = `#include <stdio.h>

static int count = 0;

/* Counts up. */
int next(void)
{
    return ++count;
}

int main(int argc, char **argv) {
    printf("%d\\n", next());
    return 0;
}
`;

const GO = `package main

func Add(a int, b int) int {
	return a + b
}

type Point struct {
	X int
}

func (p Point) Len() int {
	return p.X
}
`;

const RUST = `use std::fmt;

#[derive(Debug)]
pub struct Point {
    x: i32,
}

impl Point {
    pub fn len(&self) -> i32 {
        self.x
    }
}
`;

const JAVA = `package a;

public class Box {
    private int size;

    public int size() {
        return size;
    }

    public void grow(int by) {
        size += by;
        check(size);
    }
}
`;

async function cut(text: string, chunk_size: number, chunk_overlap = 0): Promise<string[]> {
  const chunker = makeChunker({ strategy: 'code', options: { chunk_size, chunk_overlap } }, { tokeniser: simpleTokeniser });
  return (await collectChunks(chunker, { text, mimeType: 'text/x-code', metadata: {} })).map((chunk) => chunk.text);
}

const firstLines = (chunks: string[]): string[] => chunks.map((chunk) => chunk.split('\n')[0] as string);

describe('the code chunker', () => {
  it.each([
    ['TypeScript', TYPESCRIPT, 44, ["import { a } from 'a';", '/** Adds two numbers. */', '@Injectable()', 'const twice = (x: number) => add(x, x);']],
    ['Python', PYTHON, 40, ['import os', '# Greets people.', 'class Person:']],
    ['C', C, 36, ['#include <stdio.h>', '/* Counts up. */', 'int main(int argc, char **argv) {']],
    ['Go', GO, 25, ['package main', 'type Point struct {', 'func (p Point) Len() int {']],
    ['Rust', RUST, 30, ['use std::fmt;', 'impl Point {']],
  ])('U6: cuts %s before definitions, with the comments that belong to them', async (_, text, size, lines) => {
    expect(firstLines(await cut(text, size))).toEqual(lines);
  });

  it('U6: cuts before a method where the class is too long, and keeps its indentation', async () => {
    const chunks = await cut(JAVA, 30);
    expect(firstLines(chunks)).toEqual(['package a;', 'public class Box {', '    public void grow(int by) {']);
    expect(JAVA).toContain(chunks[2] as string);
  });

  it('U6: repeats nothing of one definition in the next, but lines inside of one', async () => {
    const lines = Array.from({ length: 12 }, (_, i) => `    call(${i})`);
    const [first = '', second = ''] = await cut(`def long():\n${lines.join('\n')}\n`, 30, 10);
    expect(second.split('\n')[0]).toBe(first.split('\n').at(-2));
    const both = await cut('def one():\n    return 1\n\ndef two():\n    return 2\n', 12, 6);
    expect(both).toEqual(['def one():\n    return 1', 'def two():\n    return 2']);
  });
});
