const SAMPLE_LENGTH = 64 * 1024;
/** Of the sample. Old text files hold a stray one; in random bytes every tenth is one. */
const MOST_CONTROLS = 0.01;

/** Whether decoded bytes are something that people wrote: control characters and what could not be decoded are rare in it. */
export function isText(text: string): boolean {
  const sample = text.slice(0, SAMPLE_LENGTH);
  let controls = 0;
  for (let at = 0; at < sample.length; at++) {
    const unit = sample.charCodeAt(at);
    // Tabs, line ends, form feeds, and the escape that colours logs.
    const isControl = (unit < 0x20 && !(unit >= 0x09 && unit <= 0x0d) && unit !== 0x1b) || (unit >= 0x7f && unit < 0xa0 && unit !== 0x85) || unit === 0xfffd;
    if (isControl) controls++;
  }
  return controls <= sample.length * MOST_CONTROLS;
}
