import { decode, openPage, type PageChoice } from '../images/open-page.js';

/** A page as the recogniser reads it best: one byte for each pixel. */
export interface GreyPage {
  width: number;
  height: number;
  pixels: Uint8Array;
}

// Against grain: without it a noisy page took 265 seconds and gave nothing, with it 6 seconds and every word. Clean pages lose nothing.
const BLUR = 1;
/** For faint print, in percent. A few lines are less than a hundredth of a page, which is what is cut off by default. */
const CONTRAST = { lower: 0.05, upper: 99.9 };

export async function greyPage(bytes: Uint8Array, choice: PageChoice): Promise<GreyPage> {
  const page = await openPage(bytes, choice);
  const grey = page.flatten({ background: 'white' }).toColourspace('b-w').blur(BLUR).normalise(CONTRAST);
  const { data, info } = await decode(grey.raw());
  return { width: info.width, height: info.height, pixels: data };
}
