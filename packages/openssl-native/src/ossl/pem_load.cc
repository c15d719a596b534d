#include "pem_load.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <climits>
#include <cstring>

#include "error_queue.h"

namespace sslkit::ossl {

namespace {

constexpr const char* kCertificateStep = "certificate";
constexpr const char* kKeyStep = "private key";
constexpr const char* kDhStep = "DH parameters";

// OpenSSL must always get a callback: without one it would ask on the terminal.
int FillPassword(char* buffer, int size, int, void* user) {
  const auto& password = *static_cast<const PasswordCallback*>(user);
  std::string_view value;
  if (!password || !password(&value) || value.size() > static_cast<size_t>(size)) return -1;
  std::memcpy(buffer, value.data(), value.size());
  return static_cast<int>(value.size());
}

void* UserData(const PasswordCallback& password) {
  return const_cast<PasswordCallback*>(&password);
}

// The record that the C functions leave last when a file does not parse.
[[noreturn]] void FailToParse(const char* step, int reason) {
  ERR_raise(ERR_LIB_SSL, reason);
  throw TakeFailure(step);
}

bool LastErrorIsEndOfPem() {
  const unsigned long error = ERR_peek_last_error();
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

CertificateChain LoadPemChain(ByteView bytes, const PasswordCallback& password) {
  const BioPtr bio = OpenBytes(bytes);
  CertificateChain result;
  // "TRUSTED CERTIFICATE" is for the leaf only, as in the C function.
  result.leaf.reset(PEM_read_bio_X509_AUX(bio.get(), nullptr, FillPassword, UserData(password)));
  if (!result.leaf) FailToParse(kCertificateStep, ERR_R_PEM_LIB);
  result.chain.reset(CheckPointer(sk_X509_new_null(), kCertificateStep));
  while (X509* ca = PEM_read_bio_X509(bio.get(), nullptr, FillPassword, UserData(password))) {
    X509Ptr owner(ca);
    Check(sk_X509_push(result.chain.get(), ca) > 0, kCertificateStep);
    static_cast<void>(owner.release());
  }
  if (!LastErrorIsEndOfPem()) FailToParse(kCertificateStep, ERR_R_PEM_LIB);
  ERR_clear_error();
  return result;
}

CertificateChain LoadDerLeaf(ByteView bytes) {
  const unsigned char* cursor = bytes.data;
  CertificateChain result;
  result.leaf.reset(d2i_X509(nullptr, &cursor, static_cast<long>(bytes.size)));
  if (!result.leaf || cursor != bytes.data + bytes.size)
    FailToParse(kCertificateStep, ERR_R_ASN1_LIB);
  result.chain.reset(CheckPointer(sk_X509_new_null(), kCertificateStep));
  return result;
}

// EncryptedPrivateKeyInfo begins with an algorithm, every plain key with a version: no ambiguity
// (RFC 5958 section 3).
bool IsEncryptedPkcs8(ByteView bytes) {
  const unsigned char* cursor = bytes.data;
  const X509SigPtr encrypted(d2i_X509_SIG(nullptr, &cursor, static_cast<long>(bytes.size)));
  ERR_clear_error();
  return encrypted != nullptr;
}

EvpPkeyPtr LoadDerKey(ByteView bytes, const PasswordCallback& password) {
  const bool encrypted = IsEncryptedPkcs8(bytes);
  const BioPtr bio = OpenBytes(bytes);
  if (encrypted)
    return EvpPkeyPtr(
        d2i_PKCS8PrivateKey_bio(bio.get(), nullptr, FillPassword, UserData(password)));
  const unsigned char* cursor = bytes.data;
  return EvpPkeyPtr(d2i_AutoPrivateKey(nullptr, &cursor, static_cast<long>(bytes.size)));
}

EvpPkeyPtr DecodeDhParameters(const unsigned char* der, size_t size, const char* type) {
  EVP_PKEY* parameters = nullptr;
  const DecoderCtxPtr decoder(
      CheckPointer(OSSL_DECODER_CTX_new_for_pkey(&parameters, "DER", nullptr, type,
                                                 EVP_PKEY_KEY_PARAMETERS, nullptr, nullptr),
                   "OSSL_DECODER_CTX_new_for_pkey"));
  OSSL_DECODER_from_data(decoder.get(), &der, &size);
  return EvpPkeyPtr(parameters);
}

}  // namespace

BioPtr OpenBytes(ByteView bytes) {
  if (bytes.size > INT_MAX)
    throw Misuse{Misuse::Kind::kRangeError, "ERR_OUT_OF_RANGE", "more than 2 GiB of data"};
  // BIO_new_mem_buf takes no null pointer, which is what an empty array has.
  const void* data = bytes.data == nullptr ? "" : static_cast<const void*>(bytes.data);
  return BioPtr(
      CheckPointer(BIO_new_mem_buf(data, static_cast<int>(bytes.size)), "BIO_new_mem_buf"));
}

CertificateChain LoadCertificateChain(ByteView bytes, Encoding encoding,
                                      const PasswordCallback& password) {
  return encoding == Encoding::kPem ? LoadPemChain(bytes, password) : LoadDerLeaf(bytes);
}

EvpPkeyPtr LoadPrivateKey(ByteView bytes, Encoding encoding, const PasswordCallback& password) {
  EvpPkeyPtr key;
  if (encoding == Encoding::kPem) {
    const BioPtr bio = OpenBytes(bytes);
    key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, FillPassword, UserData(password)));
  } else {
    key = LoadDerKey(bytes, password);
  }
  if (!key) FailToParse(kKeyStep, encoding == Encoding::kPem ? ERR_R_PEM_LIB : ERR_R_ASN1_LIB);
  return key;
}

// By its label, so that another kind of PEM before it, or instead of it, is passed over. Records
// are those of the C function.
EvpPkeyPtr LoadDhParameters(ByteView pem) {
  const BioPtr bio = OpenBytes(pem);
  const PasswordCallback nobody;
  unsigned char* der = nullptr;
  char* label = nullptr;
  long size = 0;
  const int found = PEM_bytes_read_bio(&der, &size, &label, PEM_STRING_DHPARAMS, bio.get(),
                                       FillPassword, UserData(nobody));
  const MemoryPtr<unsigned char> der_owner(der);
  const MemoryPtr<char> label_owner(label);
  Check(found == 1, kDhStep);
  const bool x942 = std::string_view(label) == PEM_STRING_DHXPARAMS;
  EvpPkeyPtr parameters = DecodeDhParameters(der, static_cast<size_t>(size), x942 ? "DHX" : "DH");
  if (parameters) return parameters;
  ERR_raise(ERR_LIB_PEM, ERR_R_ASN1_LIB);
  throw TakeFailure(kDhStep);
}

}  // namespace sslkit::ossl
