import type { CollectionSettingsDto } from '../collections/collections.dto.js';

export interface Template {
  name: string;
  description: string;
  settings: CollectionSettingsDto;
}

/** Of the built-in model, which every system has. Another one is an override away. */
const MODEL = 'all-MiniLM-L6-v2';

/** Settings that fit a kind of documents. They are what a client could send, and are checked as that. */
export const BUILT_IN_TEMPLATES: readonly Template[] = [
  {
    name: 'legal',
    description:
      'Contracts, statutes, judgments: exact clauses are found, each with the section that it stands in. Numbers are kept as they are, because the wording decides.',
    settings: {
      type: 'documents',
      embedding_model: MODEL,
      quantization: 'float32',
      chunking_strategy: 'hierarchical',
      chunk_size: 2_000,
      chunk_overlap: 400,
      chunking_config: { child_size: 240, child_overlap: 60 },
      embed_context: true,
    },
  },
  {
    name: 'codebase',
    description: 'Source code: cut before definitions together with their comments. Headings are none of its own, so only the code is embedded.',
    settings: {
      type: 'documents',
      embedding_model: MODEL,
      quantization: 'float16',
      chunking_strategy: 'code',
      chunk_size: 500,
      chunk_overlap: 100,
      embed_context: false,
    },
  },
  {
    name: 'knowledge_base',
    description: 'Handbooks, wikis, manuals: cut at headings, which are embedded with each part. Pages of the web are welcome.',
    settings: {
      type: 'mixed',
      embedding_model: MODEL,
      quantization: 'float16',
      chunking_strategy: 'markdown',
      chunk_size: 1_000,
      chunk_overlap: 200,
      chunking_config: { heading_depth: 4 },
      embed_context: true,
      auto_maintenance: true,
    },
  },
  {
    name: 'support',
    description: 'Tickets, answers, questions that come often: short parts, one thought each, numbers small, because there are many and they change.',
    settings: {
      type: 'mixed',
      embedding_model: MODEL,
      quantization: 'int8',
      chunking_strategy: 'recursive',
      chunk_size: 240,
      chunk_overlap: 40,
      embed_context: true,
      auto_maintenance: true,
    },
  },
  {
    name: 'research_papers',
    description: 'Papers and reports: the passage that answers is found, and read with the section around it.',
    settings: {
      type: 'documents',
      embedding_model: MODEL,
      quantization: 'float16',
      chunking_strategy: 'hierarchical',
      chunk_size: 1_200,
      chunk_overlap: 200,
      chunking_config: { child_size: 220, child_overlap: 40 },
      embed_context: true,
    },
  },
  {
    name: 'transcripts',
    description: 'Recordings, meetings, subtitles: prose without headings, cut between sentences, with overlap, because a thought seldom ends with a breath.',
    settings: {
      type: 'documents',
      embedding_model: MODEL,
      quantization: 'float16',
      chunking_strategy: 'sentence',
      chunk_size: 240,
      chunk_overlap: 60,
      embed_context: true,
    },
  },
];
