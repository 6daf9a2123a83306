/** Where the tokens of a model begin in a text. */
export interface OffsetTokeniser {
  /**
   * The place of each token, ascending, in UTF-16 units. A token reaches to the next one, so white space between two belongs to the first.
   * Tokens that share one character have the same place.
   */
  offsets(text: string): ArrayLike<number>;
}
