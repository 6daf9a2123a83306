export interface PageSpan {
  page: number;
  start: number;
  end: number;
}

export interface HeadingSpan {
  level: number;
  title: string;
  start: number;
}

export interface TimeSpan {
  from: number;
  to: number;
  start: number;
  end: number;
}

export interface ParsedText {
  text: string;
  mimeType: string;
  pages?: PageSpan[];
  headings?: HeadingSpan[];
  times?: TimeSpan[];
  metadata: Record<string, string>;
}
