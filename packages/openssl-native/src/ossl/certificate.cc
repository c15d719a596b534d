#include "certificate.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <cstdio>
#include <string_view>

#include "error_queue.h"
#include "text.h"

namespace sslkit::ossl {

namespace {

std::string_view BytesOf(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<size_t>(ASN1_STRING_length(string))};
}

// The long name where OpenSSL knows one, else dotted numbers.
std::string ObjectName(const ASN1_OBJECT* object) {
  char first[256];
  const int length = OBJ_obj2txt(first, sizeof(first), object, 0);
  if (length < 0) return {};
  if (static_cast<size_t>(length) < sizeof(first)) return first;
  std::string name(static_cast<size_t>(length) + 1, '\0');
  OBJ_obj2txt(name.data(), static_cast<int>(name.size()), object, 0);
  name.pop_back();
  return name;
}

// A bit string is no text (CPython gives bytes); all of its bytes are escaped. The rest OpenSSL
// converts to UTF-8.
std::u16string AttributeValue(const ASN1_STRING* value) {
  if (ASN1_STRING_type(value) == V_ASN1_BIT_STRING) return EscapeBytes(BytesOf(value));
  unsigned char* utf8 = nullptr;
  const int length = ASN1_STRING_to_UTF8(&utf8, value);
  const MemoryPtr<unsigned char> owner(utf8);
  if (length >= 0) return DecodeUtf8({reinterpret_cast<char*>(utf8), static_cast<size_t>(length)});
  const bool meant_as_utf8 = ASN1_STRING_type(value) == V_ASN1_UTF8STRING;
  return meant_as_utf8 ? DecodeUtf8(BytesOf(value)) : EscapeBytes(BytesOf(value));
}

DistinguishedName DecodeName(const X509_NAME* name) {
  DistinguishedName result;
  int current_set = -1;
  for (int i = 0; i < X509_NAME_entry_count(name); i++) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
    const int set = X509_NAME_ENTRY_set(entry);
    if (result.empty() || set != current_set) result.emplace_back();
    current_set = set;
    result.back().emplace_back(FromAscii(ObjectName(X509_NAME_ENTRY_get_object(entry))),
                               AttributeValue(X509_NAME_ENTRY_get_data(entry)));
  }
  return result;
}

std::string Hexadecimal(const std::vector<unsigned char>& bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (const unsigned char byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 0xF]);
  }
  return text;
}

// As i2a_ASN1_INTEGER(3), but without its line break after 35 octets, at which CPython stops
// reading.
std::string SerialNumber(const ASN1_INTEGER* serial) {
  const std::string_view bytes = BytesOf(serial);
  if (bytes.empty()) return "00";
  const bool negative = (ASN1_STRING_type(serial) & V_ASN1_NEG) != 0;
  return (negative ? "-" : "") + Hexadecimal({bytes.begin(), bytes.end()});
}

// `Mon _d HH:MM:SS YYYY GMT`; OpenSSL prints "Bad time value" for what is none.
std::string Time(const ASN1_TIME* time) {
  const BioPtr bio(CheckPointer(BIO_new(BIO_s_mem()), "BIO_new"));
  ASN1_TIME_print(bio.get(), time);
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<size_t>(length)};
}

std::string IpAddress(std::string_view bytes) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  char text[48];
  if (bytes.size() == 4) {
    std::snprintf(text, sizeof(text), "%d.%d.%d.%d", at(0), at(1), at(2), at(3));
    return text;
  }
  if (bytes.size() != 16) return "<invalid>";
  std::string result;
  for (size_t i = 0; i < 16; i += 2) {
    std::snprintf(text, sizeof(text), "%s%X", i == 0 ? "" : ":", at(i) << 8 | at(i + 1));
    result += text;
  }
  return result;
}

// Other kinds as OpenSSL prints them, split at the first colon: `othername:<unsupported>`.
AlternativeName PrintedName(GENERAL_NAME* name) {
  const BioPtr bio(CheckPointer(BIO_new(BIO_s_mem()), "BIO_new"));
  GENERAL_NAME_print(bio.get(), name);
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &data);
  const std::string_view text(data, static_cast<size_t>(length));
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {DecodeUtf8(text), std::u16string()};
  return {DecodeUtf8(text.substr(0, colon)), DecodeUtf8(text.substr(colon + 1))};
}

AlternativeName DecodeGeneralName(GENERAL_NAME* name) {
  switch (name->type) {
    case GEN_DIRNAME:
      return {u"DirName", DecodeName(name->d.directoryName)};
    case GEN_EMAIL:
      return {u"email", DecodeUtf8(BytesOf(name->d.rfc822Name))};
    case GEN_DNS:
      return {u"DNS", DecodeUtf8(BytesOf(name->d.dNSName))};
    case GEN_URI:
      return {u"URI", DecodeUtf8(BytesOf(name->d.uniformResourceIdentifier))};
    case GEN_RID:
      return {u"Registered ID", FromAscii(ObjectName(name->d.registeredID))};
    case GEN_IPADD:
      return {u"IP Address", FromAscii(IpAddress(BytesOf(name->d.iPAddress)))};
    default:
      return PrintedName(name);
  }
}

void DecodeAlternativeNames(X509* cert, CertificateInfo& info) {
  const GeneralNamesPtr names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(cert, NID_subject_alt_name, nullptr, nullptr)));
  if (!names) return;
  info.has_subject_alt_names = true;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); i++) {
    info.subject_alt_names.push_back(DecodeGeneralName(sk_GENERAL_NAME_value(names.get(), i)));
  }
}

void AppendUri(const GENERAL_NAME* name, std::vector<std::u16string>& uris) {
  if (name->type == GEN_URI) uris.push_back(DecodeUtf8(BytesOf(name->d.uniformResourceIdentifier)));
}

void DecodeAuthorityInfo(X509* cert, CertificateInfo& info) {
  const AuthorityInfoAccessPtr access(static_cast<AUTHORITY_INFO_ACCESS*>(
      X509_get_ext_d2i(cert, NID_info_access, nullptr, nullptr)));
  for (int i = 0; access && i < sk_ACCESS_DESCRIPTION_num(access.get()); i++) {
    const ACCESS_DESCRIPTION* description = sk_ACCESS_DESCRIPTION_value(access.get(), i);
    const int method = OBJ_obj2nid(description->method);
    if (method == NID_ad_OCSP) AppendUri(description->location, info.ocsp);
    if (method == NID_ad_ca_issuers) AppendUri(description->location, info.ca_issuers);
  }
}

// A point may have no name (CVE-2019-5010) or one relative to its issuer, which is not a list of
// general names.
void DecodeDistributionPoints(X509* cert, CertificateInfo& info) {
  const CrlDistPointsPtr points(static_cast<CRL_DIST_POINTS*>(
      X509_get_ext_d2i(cert, NID_crl_distribution_points, nullptr, nullptr)));
  for (int i = 0; points && i < sk_DIST_POINT_num(points.get()); i++) {
    const DIST_POINT_NAME* name = sk_DIST_POINT_value(points.get(), i)->distpoint;
    if (name == nullptr || name->type != 0) continue;
    const GENERAL_NAMES* full = name->name.fullname;
    for (int j = 0; j < sk_GENERAL_NAME_num(full); j++) {
      AppendUri(sk_GENERAL_NAME_value(full, j), info.crl_distribution_points);
    }
  }
}

}  // namespace

CertificateInfo DecodeCertificate(X509* cert) {
  ErrorScope scope;
  CertificateInfo info;
  info.subject = DecodeName(X509_get_subject_name(cert));
  info.issuer = DecodeName(X509_get_issuer_name(cert));
  info.version = X509_get_version(cert) + 1;
  info.serial_number = SerialNumber(X509_get0_serialNumber(cert));
  info.not_before = Time(X509_get0_notBefore(cert));
  info.not_after = Time(X509_get0_notAfter(cert));
  DecodeAlternativeNames(cert, info);
  DecodeAuthorityInfo(cert, info);
  DecodeDistributionPoints(cert, info);
  return info;
}

std::string ToDer(X509* cert) {
  unsigned char* der = nullptr;
  const int length = i2d_X509(cert, &der);
  const MemoryPtr<unsigned char> owner(der);
  Check(length > 0, "i2d_X509");
  return {reinterpret_cast<char*>(der), static_cast<size_t>(length)};
}

X509Ptr CertificateFromDer(const void* data, size_t size) {
  ErrorScope scope;
  const auto* cursor = static_cast<const unsigned char*>(data);
  const unsigned char* end = cursor + size;
  X509Ptr cert(CheckPointer(d2i_X509(nullptr, &cursor, static_cast<long>(size)), "d2i_X509"));
  if (cursor != end) {
    ERR_raise(ERR_LIB_ASN1, ASN1_R_TOO_LONG);
    throw TakeFailure("d2i_X509");
  }
  return cert;
}

X509Ptr CertificateFromPem(const void* data, size_t size) {
  ErrorScope scope;
  const BioPtr bio(CheckPointer(BIO_new_mem_buf(data, static_cast<int>(size)), "BIO_new_mem_buf"));
  const auto refuse = [](char*, int, int, void*) { return -1; };
  return X509Ptr(
      CheckPointer(PEM_read_bio_X509(bio.get(), nullptr, refuse, nullptr), "PEM_read_bio_X509"));
}

}  // namespace sslkit::ossl
