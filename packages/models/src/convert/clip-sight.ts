// What the transformers library writes beside a model that sees: how an image becomes its pixels.
import type { ModelSight } from '@cairn/common/contracts';
import { ConversionRefusedError } from './conversion-refused.js';
import type { ModelFolder } from './model-folder.js';

const FILE = 'preprocessor_config.json';
const LARGEST_SIDE = 1_024;

/** A side in pixels, from a number, `{shortest_edge}`, or `{height, width}` of a square. */
function sideOf(value: unknown): number | undefined {
  const { shortest_edge, height, width } = (typeof value === 'object' && value !== null ? value : { shortest_edge: value }) as Record<string, unknown>;
  const side = shortest_edge ?? (height === width ? height : undefined);
  return Number.isSafeInteger(side) && (side as number) > 0 && (side as number) <= LARGEST_SIDE ? (side as number) : undefined;
}

function coloursOf(value: unknown): [number, number, number] | undefined {
  const isColours = Array.isArray(value) && value.length === 3 && value.every((one) => typeof one === 'number' && Number.isFinite(one));
  return isColours ? (value as [number, number, number]) : undefined;
}

/** How a published model sees, or why that cannot be taken over. */
export async function readClipSight(folder: ModelFolder): Promise<ModelSight> {
  const config = await folder.readObject(FILE);
  if (config === undefined) throw new ConversionRefusedError(`The folder has no ${FILE}, which says how the model sees. Download it too.`);
  const scaled = sideOf(config.size);
  const size = config.do_center_crop === false ? scaled : sideOf(config.crop_size ?? config.size);
  const [mean, std] = [coloursOf(config.image_mean), coloursOf(config.image_std)];
  if (size === undefined || mean === undefined || std === undefined || std.some((one) => one <= 0))
    throw new ConversionRefusedError(`${FILE} must say a square size of at most ${LARGEST_SIDE} pixels, and image_mean and image_std of three colours.`);
  if (scaled !== size)
    throw new ConversionRefusedError(`${FILE} scales images to another size than it cuts out of them; that is not supported: both must be the same.`);
  return { size, mean, std };
}
