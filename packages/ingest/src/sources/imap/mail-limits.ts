/** What a mail server may send. It holds for every server: a mail that needs more is refused, whatever the operator allows for files. */
export const MAIL_LIMITS = {
  /** One line, which is understood in one go, while the process does nothing else: the numbers of 200,000 mails fit in it. */
  lineBytes: 2_000_000,
  /** All the answers to one question about mails. */
  answerBytes: 4_000_000,
  /** Content is asked for in pieces of this size. */
  pieceBytes: 1_000_000,
  /** What a server that knows no pieces sends at once. */
  literalBytes: 32_000_000,
  /** Mails that are asked about together. */
  mailsAtOnce: 100,
  /** A connection of which nothing is asked for so long is ended. */
  keptMs: 5_000,
};
