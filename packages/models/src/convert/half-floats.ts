const SIGN = 0x8000;
const EXPONENT_BITS = 10;
const FRACTION = 0x3ff;
const LARGEST_EXPONENT = 0x1f;
const SMALLEST_STEP = 2 ** -24;
// Between the exponents of the two formats: 127 - 15.
const BIAS = 112;

function sixteenBits(bytes: Uint8Array): Uint16Array {
  return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
}

/** The bits of a 32-bit float with the value of this normal, infinite or undefined 16-bit one. */
function widen(half: number): number {
  const exponent = (half >> EXPONENT_BITS) & LARGEST_EXPONENT;
  const wide = exponent === LARGEST_EXPONENT ? 0xff : exponent + BIAS;
  return ((half & SIGN) << 16) | (wide << 23) | ((half & FRACTION) << 13);
}

/** Each value as it is: every 16-bit float has a 32-bit one. */
export function float16ToFloat32(bytes: Uint8Array): Float32Array {
  const halves = sixteenBits(bytes);
  const floats = new Float32Array(halves.length);
  const bits = new Uint32Array(floats.buffer);
  for (const [i, half] of halves.entries()) {
    const isSmall = ((half >> EXPONENT_BITS) & LARGEST_EXPONENT) === 0;
    if (isSmall) floats[i] = (half & FRACTION) * (half & SIGN ? -SMALLEST_STEP : SMALLEST_STEP);
    else bits[i] = widen(half);
  }
  return floats;
}

/** A brain float is the upper half of a 32-bit one. */
export function bfloat16ToFloat32(bytes: Uint8Array): Float32Array {
  const bits = Uint32Array.from(sixteenBits(bytes), (upper) => upper << 16);
  return new Float32Array(bits.buffer);
}
