export * from './certs.ts';
export * from './egd.ts';
export { encryptKeyPem, type KeyAlgorithm, legacyEncryptKeyPem, traditionalKeyPem } from './keys.ts';
export * from './net.ts';
export * from './records.ts';
export { files, type Scene, type SceneFiles, scene, temporaryDirectory } from './scene.ts';
export * from './sockets.ts';
export { subjectHash } from './subject-hash.ts';
export * from './transports.ts';
