// What a command needs to install models. Importing this loads ONNX Runtime into the process: no service does.
export { ConversionRefusedError, type ConversionStage } from './convert/convert-folder.js';
export { DownloadError } from './store/download.js';
export { type Installed, type InstallRequest, installModel, type ModelSettings } from './store/install-model.js';
export { type PullOptions, pullModel } from './store/pull-model.js';
