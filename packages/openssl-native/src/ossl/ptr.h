#pragma once
// The only place that frees OpenSSL objects: every owning pointer of the addon is one of these
// aliases.

#include <openssl/bio.h>
#include <openssl/decoder.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace sslkit::ossl {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

inline void FreeX509Stack(STACK_OF(X509) * stack) {
  sk_X509_pop_free(stack, X509_free);
}
inline void FreeX509NameStack(STACK_OF(X509_NAME) * stack) {
  sk_X509_NAME_pop_free(stack, X509_NAME_free);
}
inline void FreeX509InfoStack(STACK_OF(X509_INFO) * stack) {
  sk_X509_INFO_pop_free(stack, X509_INFO_free);
}
inline void FreeNameStack(STACK_OF(OPENSSL_CSTRING) * stack) {
  sk_OPENSSL_CSTRING_free(stack);
}
/// OPENSSL_free is a macro.
inline void FreeMemory(void* memory) {
  OPENSSL_free(memory);
}

template <class T, auto Free>
using Ptr = std::unique_ptr<T, Deleter<Free>>;

using BioPtr = Ptr<BIO, BIO_free_all>;
using SslCtxPtr = Ptr<SSL_CTX, SSL_CTX_free>;
using SslPtr = Ptr<SSL, SSL_free>;
using SslSessionPtr = Ptr<SSL_SESSION, SSL_SESSION_free>;
using X509Ptr = Ptr<X509, X509_free>;
using X509StackPtr = Ptr<STACK_OF(X509), FreeX509Stack>;
using X509NamePtr = Ptr<X509_NAME, X509_NAME_free>;
using X509NameStackPtr = Ptr<STACK_OF(X509_NAME), FreeX509NameStack>;
using X509InfoStackPtr = Ptr<STACK_OF(X509_INFO), FreeX509InfoStack>;
using X509StorePtr = Ptr<X509_STORE, X509_STORE_free>;
using X509SigPtr = Ptr<X509_SIG, X509_SIG_free>;
using EvpPkeyPtr = Ptr<EVP_PKEY, EVP_PKEY_free>;
using EvpKeymgmtPtr = Ptr<EVP_KEYMGMT, EVP_KEYMGMT_free>;
using DecoderCtxPtr = Ptr<OSSL_DECODER_CTX, OSSL_DECODER_CTX_free>;
using GeneralNamesPtr = Ptr<GENERAL_NAMES, GENERAL_NAMES_free>;
using AuthorityInfoAccessPtr = Ptr<AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free>;
using CrlDistPointsPtr = Ptr<CRL_DIST_POINTS, CRL_DIST_POINTS_free>;
/// Of names that belong to somebody else.
using NameStackPtr = Ptr<STACK_OF(OPENSSL_CSTRING), FreeNameStack>;
template <class T>
using MemoryPtr = Ptr<T, FreeMemory>;

/// A second owner of a reference-counted object.
inline X509Ptr Share(X509* cert) {
  X509_up_ref(cert);
  return X509Ptr(cert);
}

}  // namespace sslkit::ossl
