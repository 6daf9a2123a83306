/** How a model wants to see: a square of `size` pixels, and the mean and deviation of each colour in what it was trained on. */
export interface ModelSight {
  size: number;
  mean: readonly [number, number, number];
  std: readonly [number, number, number];
}
