#include "reason_names.h"

#include <openssl/err.h>

#include <cctype>
#include <string_view>
#include <system_error>

namespace sslkit::ossl {

namespace {

struct LibraryEntry {
  int number;
  const char* name;
};

constexpr LibraryEntry kLibraries[] = {
    {ERR_LIB_NONE, "NONE"},
    {ERR_LIB_SYS, "SYS"},
    {ERR_LIB_BN, "BN"},
    {ERR_LIB_RSA, "RSA"},
    {ERR_LIB_DH, "DH"},
    {ERR_LIB_EVP, "EVP"},
    {ERR_LIB_BUF, "BUF"},
    {ERR_LIB_OBJ, "OBJ"},
    {ERR_LIB_PEM, "PEM"},
    {ERR_LIB_DSA, "DSA"},
    {ERR_LIB_X509, "X509"},
    {ERR_LIB_ASN1, "ASN1"},
    {ERR_LIB_CONF, "CONF"},
    {ERR_LIB_CRYPTO, "CRYPTO"},
    {ERR_LIB_EC, "EC"},
    {ERR_LIB_SSL, "SSL"},
    {ERR_LIB_BIO, "BIO"},
    {ERR_LIB_PKCS7, "PKCS7"},
    {ERR_LIB_X509V3, "X509V3"},
    {ERR_LIB_PKCS12, "PKCS12"},
    {ERR_LIB_RAND, "RAND"},
    {ERR_LIB_DSO, "DSO"},
    {ERR_LIB_ENGINE, "ENGINE"},
    {ERR_LIB_OCSP, "OCSP"},
    {ERR_LIB_UI, "UI"},
    {ERR_LIB_COMP, "COMP"},
    {ERR_LIB_ECDSA, "ECDSA"},
    {ERR_LIB_ECDH, "ECDH"},
    {ERR_LIB_OSSL_STORE, "OSSL_STORE"},
    {ERR_LIB_FIPS, "FIPS"},
    {ERR_LIB_CMS, "CMS"},
    {ERR_LIB_TS, "TS"},
    {ERR_LIB_HMAC, "HMAC"},
    {ERR_LIB_CT, "CT"},
    {ERR_LIB_ASYNC, "ASYNC"},
    {ERR_LIB_KDF, "KDF"},
    {ERR_LIB_SM2, "SM2"},
    {ERR_LIB_ESS, "ESS"},
    {ERR_LIB_PROP, "PROP"},
    {ERR_LIB_CRMF, "CRMF"},
    {ERR_LIB_PROV, "PROV"},
    {ERR_LIB_CMP, "CMP"},
    {ERR_LIB_OSSL_ENCODER, "OSSL_ENCODER"},
    {ERR_LIB_OSSL_DECODER, "OSSL_DECODER"},
    {ERR_LIB_HTTP, "HTTP"},
    {ERR_LIB_USER, "USER"},
};

struct ReasonEntry {
  int library;
  int reason;
  const char* name;
};

// Where the text is not the macro's name in lower case (OpenSSL 3.0 to 3.5). Numbers: part of these
// macros are newer than the oldest headers.
constexpr ReasonEntry kDifferentReasons[] = {
    {ERR_LIB_RSA, 135, "SLEN_RECOVERY_FAILED"},
    {ERR_LIB_RSA, 136, "SLEN_CHECK_FAILED"},
    {ERR_LIB_DH, 102, "INVALID_PUBKEY"},
    {ERR_LIB_EVP, 142, "EXPECTING_A_EC_KEY"},
    {ERR_LIB_EVP, 162, "PARTIALLY_OVERLAPPING"},
    {ERR_LIB_EVP, 219, "EXPECTING_A_ECX_KEY"},
    {ERR_LIB_DSA, 110, "SEED_LEN_SMALL"},
    {ERR_LIB_X509, 114, "CANT_CHECK_DH_KEY"},
    {ERR_LIB_SSL, 158, "AT_LEAST_TLS_1_2_NEEDED_IN_SUITEB_MODE"},
    {ERR_LIB_SSL, 330, "NO_GOST_CERTIFICATE_SENT_BY_PEER"},
    {ERR_LIB_SSL, 358, "MISSING_SRP_PARAM"},
    {ERR_LIB_SSL, 361, "SRP_A_CALC"},
    {ERR_LIB_SSL, 380, "ILLEGAL_SUITEB_DIGEST"},
    {ERR_LIB_BIO, 111, "LOCAL_ADDR_NOT_AVAILABLE"},
    {ERR_LIB_BIO, 112, "NON_FATAL"},
    {ERR_LIB_BIO, 115, "NULL_PARAMETER"},
    {ERR_LIB_BIO, 151, "PEER_ADDR_NOT_AVAILABLE"},
    {ERR_LIB_PKCS12, 100, "CANT_PACK_STRUCTURE"},
    {ERR_LIB_RAND, 101, "FUNC_NOT_IMPLEMENTED"},
    {ERR_LIB_RAND, 123, "FWRITE_ERROR"},
    {ERR_LIB_DSO, 100, "CTRL_FAILED"},
    {ERR_LIB_DSO, 102, "FINISH_FAILED"},
    {ERR_LIB_DSO, 103, "LOAD_FAILED"},
    {ERR_LIB_DSO, 104, "NULL_HANDLE"},
    {ERR_LIB_DSO, 105, "STACK_ERROR"},
    {ERR_LIB_DSO, 106, "SYM_FAILURE"},
    {ERR_LIB_DSO, 107, "UNLOAD_FAILED"},
    {ERR_LIB_DSO, 108, "UNSUPPORTED"},
    {ERR_LIB_ENGINE, 105, "ENGINE_IS_NOT_IN_LIST"},
    {ERR_LIB_ENGINE, 108, "ID_OR_NAME_MISSING"},
    {ERR_LIB_UI, 109, "SYSASSIGN_ERROR"},
    {ERR_LIB_UI, 110, "SYSDASSGN_ERROR"},
    {ERR_LIB_UI, 111, "SYSQIOW_ERROR"},
    {ERR_LIB_TS, 136, "VAR_LOOKUP_FAILURE"},
    {ERR_LIB_TS, 137, "CANNOT_LOAD_CERT"},
    {ERR_LIB_TS, 138, "CANNOT_LOAD_KEY"},
    {ERR_LIB_OSSL_ENCODER, 100, "INCORRECT_PROPERTY_QUERY"},
    {ERR_LIB_OSSL_ENCODER, 101, "ENCODER_NOT_FOUND"},
    {ERR_LIB_OSSL_ENCODER, 102, "MISSING_GET_PARAMS"},
    {ERR_LIB_OSSL_DECODER, 100, "MISSING_GET_PARAMS"},
    {ERR_LIB_OSSL_DECODER, 101, "COULD_NOT_DECODE_OBJECT"},
    {ERR_LIB_OSSL_DECODER, 102, "DECODER_NOT_FOUND"},
};

// OpenSSL 3.2 renamed the texts of these alerts, not the macros.
constexpr std::string_view kAlertText = "ssl/tls alert ";
constexpr std::string_view kAlertName = "SSLV3_ALERT_";

std::string UpperCased(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    name.push_back(std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_');
  }
  return name;
}

}  // namespace

std::string LibraryName(unsigned long code) {
  const int library = ERR_GET_LIB(code);
  for (const LibraryEntry& entry : kLibraries) {
    if (entry.number == library) return entry.name;
  }
  return {};
}

std::string ReasonName(unsigned long code) {
  if (ERR_SYSTEM_ERROR(code)) return {};
  const int reason = ERR_GET_REASON(code);
  if ((reason & ERR_RFLAG_COMMON) != 0) return {};
  for (const ReasonEntry& entry : kDifferentReasons) {
    if (entry.library == ERR_GET_LIB(code) && entry.reason == reason) return entry.name;
  }
  const std::string text = ReasonText(code);
  if (text.compare(0, kAlertText.size(), kAlertText) != 0) return UpperCased(text);
  return std::string(kAlertName) + UpperCased(std::string_view(text).substr(kAlertText.size()));
}

std::string ReasonText(unsigned long code) {
  if (ERR_SYSTEM_ERROR(code)) return std::generic_category().message(ERR_GET_REASON(code));
  const char* text = ERR_reason_error_string(code);
  return text == nullptr ? std::string() : std::string(text);
}

}  // namespace sslkit::ossl
