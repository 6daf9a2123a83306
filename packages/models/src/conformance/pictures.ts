import type { ModelSight } from '@cairn/common/contracts';

/** How bright a colour is at a place, from 0 to 1; places go from 0 to 1 too. */
type Drawing = (x: number, y: number, colour: number) => number;

/** Plain, shaded, patterned and noisy, in one colour and in several. */
const DRAWINGS: readonly Drawing[] = [
  () => 0,
  () => 1,
  (_x, _y, colour) => (colour === 0 ? 1 : 0),
  (x) => x,
  (x, y, colour) => (colour === 2 ? y : 1 - x),
  (x, y) => (Math.floor(x * 8) + Math.floor(y * 8)) % 2,
  (x, y, colour) => (Math.hypot(x - 0.5, y - 0.5) < 0.3 ? 1 - colour / 2 : 0.1),
  (x, y, colour) => Math.abs(Math.sin(x * 12_989 + y * 78_233 + colour * 37_719) * 43_758) % 1,
];

/** Images as a model of this sight sees them, each of them another one. */
export function madeUpPictures({ size, mean, std }: ModelSight): Float32Array[] {
  const area = size * size;
  return DRAWINGS.map((drawing) =>
    Float32Array.from({ length: mean.length * area }, (_, at) => {
      const [colour, place] = [Math.floor(at / area), at % area];
      const value = drawing((place % size) / size, Math.floor(place / size) / size, colour);
      return (value - (mean[colour] as number)) / (std[colour] as number);
    }),
  );
}
