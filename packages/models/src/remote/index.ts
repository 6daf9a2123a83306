export { ProviderError, type ProviderFault } from './ask-provider.js';
export { LanguageModel, type LanguageModelSettings, type ModelAnswer, type WriteRequest } from './language-model.js';
