// onnxruntime 1.30 counts its use for its maker: it writes an identifier and a cache below the home folder and sends them home. Nothing of ours calls
// anybody. It reads the variable once, when it is loaded, from the real environment, which only the main thread can write.
process.env.ORT_DISABLE_TELEMETRY = '1';
