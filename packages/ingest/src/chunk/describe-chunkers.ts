import { CHUNKERS, type ChunkingStrategy } from './registry.js';

export interface ChunkerDescription {
  name: ChunkingStrategy;
  summary: string;
  options: { name: string; description: string; default: unknown }[];
}

/** Every chunker with its options, for those who choose one. */
export function describeChunkers(): ChunkerDescription[] {
  return Object.entries(CHUNKERS).map(([name, { summary, options }]) => {
    const defaults = new options.type();
    const described = Object.entries(options.docs).map(([option, description]) => ({
      name: option,
      description: String(description),
      default: (Reflect.get(defaults, option) as unknown) ?? null,
    }));
    return { name: name as ChunkingStrategy, summary, options: described };
  });
}
