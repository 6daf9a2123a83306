/** What a statement says that its writer may not have meant. It is answered all the same. */
export interface SqlWarning {
  code: string;
  message: string;
  /** The one word that was probably meant. */
  suggestion?: string | undefined;
}
