import type { GreyPage } from './grey-page.js';
import type { Box, RecognisedWord } from './recognised-word.js';

type Point = [x: number, y: number];

const WORD_LEVEL = '5';

/** Tesseract's table of what it found, a line each. The page had been turned by `angle` (radians) about its middle: boxes are turned back. */
export function wordsOf(table: string, page: Pick<GreyPage, 'width' | 'height'>, angle: number): RecognisedWord[] {
  const rows = table.split('\n').map((row) => row.split('\t'));
  return rows
    .filter(([level, ...columns]) => level === WORD_LEVEL && columns.at(-1)?.trim())
    .map((columns) => {
      const [left, top, width, height, confidence] = columns.slice(6, 11).map(Number) as [number, number, number, number, number];
      return { text: columns.at(-1) as string, box: turned({ left, top, width, height }, page, angle), confidence: confidence / 100 };
    });
}

/** The upright box around a box that is turned. */
function turned(box: Box, page: Pick<GreyPage, 'width' | 'height'>, angle: number): Box {
  if (angle === 0) return box;
  const corners = [0, box.width].flatMap((right) => [0, box.height].map((down): Point => [box.left + right, box.top + down]));
  const points = corners.map((corner) => turnedPoint(corner, [page.width / 2, page.height / 2], angle));
  const [left, top] = [0, 1].map((axis) => Math.min(...points.map((point) => point[axis] as number))) as Point;
  const [right, bottom] = [0, 1].map((axis) => Math.max(...points.map((point) => point[axis] as number))) as Point;
  return { left: Math.round(left), top: Math.round(top), width: Math.round(right - left), height: Math.round(bottom - top) };
}

function turnedPoint([x, y]: Point, [middleX, middleY]: Point, angle: number): Point {
  const [right, down] = [x - middleX, y - middleY];
  return [middleX + right * Math.cos(angle) + down * Math.sin(angle), middleY - right * Math.sin(angle) + down * Math.cos(angle)];
}
