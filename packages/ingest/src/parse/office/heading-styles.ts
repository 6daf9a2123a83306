import { readXml, type XmlSource } from '../xml/read-xml.js';

interface Style {
  name: string;
  basedOn: string | undefined;
  outlineLevel: number | undefined;
}

/** Styles inherit from each other; a damaged file may let them do so in a circle. */
const LONGEST_ANCESTRY = 20;

/** Which styles of a Word file are headings, and of which level: by their built-in name, by their level in the outline, or by what they are based on. */
export function headingStyles(source: XmlSource): Map<string, number> {
  const styles = stylesOf(source);
  const levels = new Map<string, number>();
  for (const id of styles.keys()) {
    const level = levelOf(styles, id);
    if (level !== undefined) levels.set(id, level);
  }
  return levels;
}

function stylesOf(source: XmlSource): Map<string, Style> {
  const styles = new Map<string, Style>();
  let style: Style = { name: '', basedOn: undefined, outlineLevel: undefined };
  readXml(source, {
    open(tag, { styleId, val = '' }) {
      if (tag === 'style') {
        style = { name: '', basedOn: undefined, outlineLevel: undefined };
        if (styleId !== undefined) styles.set(styleId, style);
      } else if (tag === 'name') style.name = val.toLowerCase();
      else if (tag === 'basedOn') style.basedOn = val;
      else if (tag === 'outlineLvl') style.outlineLevel = Number(val);
    },
  });
  return styles;
}

function levelOf(styles: Map<string, Style>, id: string): number | undefined {
  let style = styles.get(id);
  for (let generation = 0; style !== undefined && generation < LONGEST_ANCESTRY; generation++) {
    if (style.name === 'title') return 1;
    const [, digit] = /^heading ([1-9])$/.exec(style.name) ?? [];
    if (digit !== undefined) return Number(digit);
    if (style.outlineLevel !== undefined) return style.outlineLevel < 9 ? style.outlineLevel + 1 : undefined;
    style = styles.get(style.basedOn ?? '');
  }
  return undefined;
}
