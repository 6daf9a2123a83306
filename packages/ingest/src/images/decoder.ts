import sharp, { type Sharp, type SharpOptions } from 'sharp';

const READERS = ['Png', 'Jpeg', 'Webp', 'Nsgif', 'Tiff', 'Heif'].map((reader) => `VipsForeignLoad${reader}Buffer`);
let isSetUp = false;

/** For this whole process: nothing but the six readers can be made to run, whatever a file pretends to be. */
function setUp(): void {
  if (isSetUp) return;
  isSetUp = true;
  // Else libvips lays images of more than 100 MB of pixels in a file. A child may write none, and would take good images for damaged ones.
  process.env.VIPS_DISC_THRESHOLD = '100g';
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: READERS });
  // Images come once; what a cache held would be other tenants' pictures. One thread, so that the limits of a child process are plain sums.
  sharp.cache(false);
  sharp.concurrency(1);
}

/** The only way to sharp. */
export function decoder(bytes: Uint8Array, options: SharpOptions): Sharp {
  setUp();
  // Warnings are common in good files (odd colour profiles, bytes after the end); what is cut off is an error.
  return sharp(bytes, { failOn: 'error', ...options });
}
