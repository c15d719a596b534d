#include "signature_name.h"

#include <openssl/core_names.h>

#include <iterator>
#include <string_view>

namespace sslkit::ossl {

namespace {

std::string NameOfHash(int nid) {
  switch (nid) {
    case NID_md5_sha1:  // TLS 1.1 and below
      return "md5_sha1";
    case NID_sha1:
      return "sha1";
    case NID_sha224:
      return "sha224";
    case NID_sha256:
      return "sha256";
    case NID_sha384:
      return "sha384";
    case NID_sha512:
      return "sha512";
    default:
      return {};
  }
}

// A key that is for PSS only has names of its own.
std::string NameOfPss(const X509* signer, const std::string& hash) {
  const EVP_PKEY* key = signer == nullptr ? nullptr : X509_get0_pubkey(signer);
  if (key == nullptr) return {};
  const bool pss_only = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA_PSS;
  return (pss_only ? "rsa_pss_pss_" : "rsa_pss_rsae_") + hash;
}

// RFC 8734 gives the Brainpool curves the same hashes in TLS 1.3 and names of their own.
bool IsBrainpool(const X509* signer) {
  const EVP_PKEY* key = signer == nullptr ? nullptr : X509_get0_pubkey(signer);
  char curve[80] = "";
  if (key == nullptr || EVP_PKEY_get_group_name(key, curve, std::size(curve), nullptr) != 1)
    return false;
  return std::string_view(curve).substr(0, 9) == "brainpool";
}

// OpenSSL gives the names of TLS 1.3 to the pairs of TLS 1.2 too, whatever the curve is there.
std::string NameOfEcdsa(const SignatureParts& parts, const std::string& hash) {
  if (parts.version >= TLS1_3_VERSION && IsBrainpool(parts.signer)) return {};
  switch (parts.hash) {
    case NID_sha256:
      return "ecdsa_secp256r1_sha256";
    case NID_sha384:
      return "ecdsa_secp384r1_sha384";
    case NID_sha512:
      return "ecdsa_secp521r1_sha512";
    default:
      return "ecdsa_" + hash;
  }
}

}  // namespace

std::string NameOfSignature(const SignatureParts& parts) {
  if (parts.type == EVP_PKEY_ED25519) return "ed25519";
  if (parts.type == EVP_PKEY_ED448) return "ed448";
  const std::string hash = NameOfHash(parts.hash);
  if (hash.empty()) return {};
  switch (parts.type) {
    case EVP_PKEY_RSA:
      return "rsa_pkcs1_" + hash;
    case EVP_PKEY_RSA_PSS:
      return NameOfPss(parts.signer, hash);
    case EVP_PKEY_EC:
      return NameOfEcdsa(parts, hash);
    case EVP_PKEY_DSA:
      return "dsa_" + hash;
    default:
      return {};
  }
}

}  // namespace sslkit::ossl
