import type { InstalledModel, KnownEncoder, KnownModel, KnownReranker, OnnxModel, OnnxReranker } from '../catalogue/model.js';
import { findKnownModel } from '../catalogue.js';
import { assertConforms, type ConformanceReport } from '../conformance/conformance.js';
import { isClip } from '../convert/convert-clip.js';
import { type ConversionStage, type ConvertedModel, convertFolder } from '../convert/convert-folder.js';
import { ModelFolder } from '../convert/model-folder.js';
import { ModelRefusedError } from '../runtime/model-files.js';
import { fillClip } from './install-clip.js';
import { type ModelSettings, refuseVectorSettings } from './model-settings.js';
import type { ModelStore } from './model-store.js';

export type { ModelSettings };

export interface InstallRequest {
  /** The folder with the published files. */
  from: string;
  id: string;
  /** The catalogue's entry of this id; looked up when absent. */
  known?: KnownModel;
  settings: ModelSettings;
  /** Whether to make the batch-invariant 8-bit form. */
  quantise: boolean;
  onProgress?: (stage: ConversionStage | 'conformance', fraction: number) => void;
}

export interface Installed {
  model: InstalledModel;
  report: ConformanceReport;
}

/**
 * Takes over a model that lies in a folder: converts it, tries what every model must keep, and only then gives it its name.
 * Rejects with a ConversionRefusedError or ModelRefusedError that says what is wrong; nothing is left behind then.
 */
export async function installModel(store: ModelStore, request: InstallRequest): Promise<Installed> {
  let report: ConformanceReport | undefined;
  const model = await store.install(
    request.id,
    (folder) => fill(request, folder),
    async (candidate) => {
      request.onProgress?.('conformance', 0);
      report = await assertConforms(candidate);
      request.onProgress?.('conformance', 1);
    },
  );
  return { model, report: report as ConformanceReport };
}

async function fill(request: InstallRequest, folder: string): Promise<InstalledModel> {
  const { id, from, quantise, onProgress, known = findKnownModel(id) } = request;
  const published = await ModelFolder.open(from);
  if (await isClip(published)) return await fillClip(request, published, folder);
  if (known?.kind === 'clip')
    throw new ModelRefusedError(`${known.id} reads images, and the folder has no tower for them: vision_model.onnx, here or in onnx/. Download it too.`);
  return modelOf({ ...request, known }, await convertFolder({ from, to: folder, quantise, onProgress }), folder);
}

type Known = KnownEncoder | KnownReranker | undefined;

function modelOf({ id, known, settings, from }: Omit<InstallRequest, 'known'> & { known: Known }, converted: ConvertedModel, folder: string): InstalledModel {
  const { model, tokenizer, data } = converted.files;
  const named = {
    id: known?.id ?? id,
    aliases: settings.aliases ?? known?.aliases ?? [],
    version: settings.version ?? known?.version ?? 'v1',
    maxTokens: settings.maxTokens ?? known?.maxTokens ?? converted.maxTokens ?? 512,
    licence: settings.licence ?? known?.licence ?? 'not stated',
    origin: settings.origin ?? known?.origin ?? from,
    folder,
    files: {
      model: { path: model.path, sha256: model.sha256 },
      tokenizer: { path: tokenizer.path, sha256: tokenizer.sha256 },
      ...(data.length > 0 && { data }),
    },
  };
  return converted.output === 'logits' ? rerankerOf(named, known, settings, converted) : encoderOf(named, known, settings, converted);
}

type Common = Omit<OnnxReranker, 'kind'>;

function rerankerOf(common: Common, known: Known, settings: ModelSettings, { dimension, architecture }: ConvertedModel): OnnxReranker {
  if (known?.kind === 'onnx') throw new ModelRefusedError(`The model in the folder scores pairs of texts and makes no vectors, and ${known.id} makes vectors.`);
  if (dimension !== 1) {
    const name = architecture === undefined ? '' : ` (${architecture})`;
    throw new ModelRefusedError(
      `The model in the folder${name} gives ${dimension} numbers for each pair of texts, one for each of its labels; a reranker has one label. It sorts texts into classes and cannot order them.`,
    );
  }
  refuseVectorSettings(settings, 'is a reranker and makes no vectors');
  return { kind: 'reranker', ...common };
}

function encoderOf(common: Common, known: Known, settings: ModelSettings, converted: ConvertedModel): OnnxModel {
  if (known?.kind === 'reranker')
    throw new ModelRefusedError(`The model in the folder makes vectors, and ${known.id} is a reranker, which scores pairs of texts.`);
  const pooling = settings.pooling ?? known?.pooling ?? converted.pooling;
  if (pooling === undefined)
    throw new ModelRefusedError('Neither the folder nor the catalogue says how token vectors become one vector. Say --pooling mean, cls or last.');
  if (known !== undefined && known.dimension !== converted.dimension) {
    throw new ModelRefusedError(`The model in the folder gives vectors of ${converted.dimension} numbers, and ${known.id} has ${known.dimension}.`);
  }
  return {
    kind: 'onnx',
    ...common,
    dimension: converted.dimension,
    pooling,
    normalise: settings.normalise ?? known?.normalise ?? converted.normalise ?? true,
    queryPrefix: settings.queryPrefix ?? known?.queryPrefix ?? '',
    documentPrefix: settings.documentPrefix ?? known?.documentPrefix ?? '',
    shorterDimensions: settings.shorterDimensions ?? known?.shorterDimensions ?? [],
  };
}
