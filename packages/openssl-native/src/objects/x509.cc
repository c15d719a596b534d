#include "x509.h"

#include "../ossl/certificate.h"
#include "../ossl/error_queue.h"

namespace sslkit::objects {

namespace {

using napi::ToJs;

Napi::Value Pair(Napi::Env env, Napi::Value first, Napi::Value second) {
  Napi::Array pair = Napi::Array::New(env, 2);
  pair.Set(0u, first);
  pair.Set(1u, second);
  return pair;
}

Napi::Value ToValue(Napi::Env env, const ossl::DistinguishedName& name) {
  Napi::Array result = Napi::Array::New(env, name.size());
  for (uint32_t i = 0; i < name.size(); i++) {
    Napi::Array rdn = Napi::Array::New(env, name[i].size());
    for (uint32_t j = 0; j < name[i].size(); j++) {
      rdn.Set(j, Pair(env, ToJs(env, name[i][j].first), ToJs(env, name[i][j].second)));
    }
    result.Set(i, rdn);
  }
  return result;
}

Napi::Value ToValue(Napi::Env env, const ossl::AlternativeName& name) {
  const auto* text = std::get_if<std::u16string>(&name.value);
  const Napi::Value value = text != nullptr
                                ? ToJs(env, *text)
                                : ToValue(env, std::get<ossl::DistinguishedName>(name.value));
  return Pair(env, ToJs(env, name.type), value);
}

Napi::Value ToValue(Napi::Env env, const std::vector<ossl::AlternativeName>& names) {
  Napi::Array result = Napi::Array::New(env, names.size());
  for (uint32_t i = 0; i < names.size(); i++) result.Set(i, ToValue(env, names[i]));
  return result;
}

void SetUnlessEmpty(Napi::Object dict, const char* key, const std::vector<std::u16string>& uris) {
  if (!uris.empty()) dict.Set(key, ToJs(dict.Env(), uris));
}

}  // namespace

void X509::Define(Napi::Env env, Napi::Object exports) {
  napi::ClassBuilder<X509>(env)
      .Static<&X509::FromDer>("fromDer")
      .Static<&X509::FromPem>("fromPem")
      .Method<&X509::ToDer>("toDer")
      .Method<&X509::ToDict>("toDict")
      .Method<&X509::CheckCa>("checkCa")
      .Export(exports);
}

Napi::Value X509::FromDer(const napi::Arguments& args) {
  const napi::ByteSpan der = args.Bytes(0, "der");
  return napi::Wrap(args.Env(),
                    std::make_unique<X509>(ossl::CertificateFromDer(der.data, der.size)));
}

Napi::Value X509::FromPem(const napi::Arguments& args) {
  const napi::ByteSpan pem = args.Bytes(0, "pem");
  return napi::Wrap(args.Env(),
                    std::make_unique<X509>(ossl::CertificateFromPem(pem.data, pem.size)));
}

napi::Bytes X509::ToDer() const {
  return {ossl::ToDer(cert_.get())};
}

// The order of the keys is Python's, and so is that an extension with no names in it leaves an
// empty list.
Napi::Value X509::ToDict(const napi::Arguments& args) const {
  const Napi::Env env = args.Env();
  const ossl::CertificateInfo info = ossl::DecodeCertificate(cert_.get());
  Napi::Object dict = Napi::Object::New(env);
  dict.Set("subject", ToValue(env, info.subject));
  dict.Set("issuer", ToValue(env, info.issuer));
  dict.Set("version", ToJs(env, info.version));
  dict.Set("serialNumber", ToJs(env, info.serial_number));
  dict.Set("notBefore", ToJs(env, info.not_before));
  dict.Set("notAfter", ToJs(env, info.not_after));
  if (info.has_subject_alt_names) dict.Set("subjectAltName", ToValue(env, info.subject_alt_names));
  SetUnlessEmpty(dict, "OCSP", info.ocsp);
  SetUnlessEmpty(dict, "caIssuers", info.ca_issuers);
  SetUnlessEmpty(dict, "crlDistributionPoints", info.crl_distribution_points);
  return dict;
}

int X509::CheckCa() const {
  ossl::ErrorScope scope;
  return X509_check_ca(cert_.get());
}

Napi::Value ToBuffers(Napi::Env env, const std::vector<std::string>& certs) {
  Napi::Array result = Napi::Array::New(env, certs.size());
  for (uint32_t i = 0; i < certs.size(); i++) {
    result.Set(i, Napi::Buffer<char>::Copy(env, certs[i].data(), certs[i].size()));
  }
  return result;
}

}  // namespace sslkit::objects
