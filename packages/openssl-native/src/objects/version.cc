#include "../ossl/version.h"

#include "../napi/class.h"
#include "../ossl/error_queue.h"
#include "../ossl/ptr.h"
#include "module_values.h"

namespace sslkit::objects {

namespace {

using napi::Arguments;

const char* X509VerifyCertErrorString(const Arguments& args) {
  return X509_verify_cert_error_string(args.Int(0, "code"));
}

Napi::Value ErrorRecord(const Arguments& args) {
  return napi::ToObject(args.Env(), ossl::RecordOf(args.Uint(0, "code")));
}

int ObjSn2nid(const Arguments& args) {
  return OBJ_sn2nid(args.Text(0, "name").c_str());
}

bool HasProtocol(const Arguments& args) {
  return ossl::HasProtocol(args.Int(0, "version"));
}

Napi::Object VersionObject(Napi::Env env) {
  const ossl::LibraryVersion version = ossl::BoundVersion();
  Napi::Object object = Napi::Object::New(env);
  object.Set("text", version.text);
  object.Set("number", static_cast<double>(version.number));
  object.Set("major", version.major);
  object.Set("minor", version.minor);
  object.Set("patch", version.patch);
  return object;
}

Napi::Object DefaultPaths(Napi::Env env) {
  Napi::Object paths = Napi::Object::New(env);
  paths.Set("certFile", X509_get_default_cert_file());
  paths.Set("certDir", X509_get_default_cert_dir());
  paths.Set("certFileEnv", X509_get_default_cert_file_env());
  paths.Set("certDirEnv", X509_get_default_cert_dir_env());
  return paths;
}

Napi::Object Has(Napi::Env env) {
  const ossl::Capabilities& found = ossl::GetCapabilities();
  Napi::Object has = Napi::Object::New(env);
  has.Set("psk", found.psk);
  has.Set("pha", found.pha);
  has.Set("ktls", found.ktls);
  has.Set("compression", found.compression);
  has.Set("getGroupName", found.get_group_name);
  has.Set("certCompression", found.cert_compression);
  has.Set("rawPublicKeys", found.raw_public_keys);
  has.Set("implementedGroups", found.implemented_groups);
  has.Set("signatureNames", found.signature_names);
  return has;
}

}  // namespace

void DefineVersion(Napi::Env env, Napi::Object exports) {
  exports.Set("x509VerifyCertErrorString",
              napi::MakeFunction<&X509VerifyCertErrorString>(env, "x509VerifyCertErrorString"));
  exports.Set("errorRecord", napi::MakeFunction<&ErrorRecord>(env, "errorRecord"));
  exports.Set("objSn2nid", napi::MakeFunction<&ObjSn2nid>(env, "objSn2nid"));
  exports.Set("hasProtocol", napi::MakeFunction<&HasProtocol>(env, "hasProtocol"));
  exports.Set("opensslVersion", VersionObject(env));
  exports.Set("boundLibrary", ossl::BoundLibrary());
  exports.Set("defaultPaths", DefaultPaths(env));
  exports.Set("has", Has(env));
}

}  // namespace sslkit::objects
