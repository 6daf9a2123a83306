import { ModelRefusedError } from './model-files.js';

/** Where a model computes. */
export const PROVIDERS = ['cpu', 'cuda', 'webgpu'] as const;
export type Provider = (typeof PROVIDERS)[number];

const NEEDS: Record<Exclude<Provider, 'cpu'>, string> = {
  cuda: 'It needs an NVIDIA GPU with its driver, CUDA 12 and cuDNN 9 on the library path, and the CUDA libraries of onnxruntime-node (install it with ONNXRUNTIME_NODE_INSTALL=cuda12).',
  webgpu: 'It needs a GPU with a Vulkan driver (libvulkan.so.1).',
};

/** What to tell somebody whose machine does not have the provider that is configured; undefined when the error is about something else. */
export function providerProblem(provider: Provider, error: unknown): ModelRefusedError | undefined {
  const reason = error instanceof Error ? error.message : String(error);
  if (provider === 'cpu' || !/provider|backend|adapter|shared library|CUDA|WebGPU/i.test(reason)) return undefined;
  return new ModelRefusedError(
    `MODEL_PROVIDER is ${provider}, and it cannot be used here: ${reason.trim()}. ${NEEDS[provider]} Set MODEL_PROVIDER=cpu to compute on the processor.`,
    { cause: error },
  );
}
