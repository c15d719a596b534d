export * from './certs.ts';
export { encryptKeyPem, type KeyAlgorithm, legacyEncryptKeyPem, traditionalKeyPem } from './keys.ts';
export { files, type Scene, type SceneFiles, scene, temporaryDirectory } from './scene.ts';
export { subjectHash } from './subject-hash.ts';
